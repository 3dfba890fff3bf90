// SPDX-License-Identifier: Apache-2.0
// Poison: what crashes the process again and again. Each crash leaves a line in a file beside the
// database; at the next start the lines are read, and a file that stands there three times is set
// aside, so that the rest goes on. What is counted in the meantime was no poison: its lines go.
//
//   signal 11 on 0123456789abcdef 3\n      the signal; the version of a file, as a number; its unit
//
// Lines that are torn, or of another kind, say nothing. It is a hint: lost, it costs three crashes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/tasks.h"
#include "base/witness.h"
#include "flow/report.h"
#include "io/file_system.h"
#include "model/file.h"

namespace weir {

inline constexpr int poison_crashes = 3;                      // of one matter, and it is set aside
inline constexpr std::uint64_t crash_file_bytes_max = 16384;  // read, from its end

// A unit of an accepted file; the first look at a file, before it is entered or planned anew.
Matter matter_of(const FileRow& file, const UnitId& unit);
Matter matter_of_look(const FileIdentity& identity, const VersionToken& token);

// Any thread. Borrows the machine's parts, and the notes.
class Poison {
 public:
  struct Options {
    FileSystem& files;
    Tasks& tasks;
    std::string path;  // of the file of crashes
    const Notes& notes;
    std::unique_ptr<Witness> witness = nullptr;  // nothing: nobody writes to that file now
  };
  explicit Poison(Options options);

  // What earlier processes left. Once, before all else, while no other process writes there. What
  // cannot be read is told, and is as if nothing were there.
  void recall();

  Witness* witness() const { return options_.witness.get(); }
  // Why its file is to be set aside; empty: it is not.
  std::string verdict(const Matter& matter);
  // It was counted, or its file set aside: its lines are void.
  void forget(const Matter& matter);

 private:
  struct Crash {
    Matter matter;
    int signal = 0;
  };
  static std::vector<Crash> crashes_in(std::string_view text);
  static std::string text_of(const std::vector<Crash>& crashes);
  Result<std::string> read() const;
  Result<void> write(const std::string& text) const;
  void write_anew();
  void tell(const Error& error) const;

  const Options options_;
  const std::unique_ptr<Monitor> monitor_;  // over what follows
  std::vector<Crash> crashes_;              // the latest last
  bool changed_ = false;                    // since it was written
  bool writing_ = false;                    // somebody is at it, and sees to later changes, too
};

// Tasks that work for one worker: what they crash on is what it had in hand when it started them.
// One thread.
class TasksInHand final : public Tasks {
 public:
  TasksInHand(Tasks& tasks, Witness* witness) : tasks_(tasks), witness_(witness) {}
  void hand_on(const Matter& matter) { matter_ = matter; }

  std::unique_ptr<Task> spawn(const std::string& name, std::function<void()> body) override;
  std::unique_ptr<Monitor> monitor() override { return tasks_.monitor(); }
  int abandoned() const override { return tasks_.abandoned(); }

 private:
  Tasks& tasks_;
  Witness* const witness_;
  Matter matter_;
};

}  // namespace weir
