// SPDX-License-Identifier: Apache-2.0
// What a command line runs in: machine, environment, standard streams and the wish to stop, passed
// in as one, so that whole command lines run within a test, with writers in memory.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/stop.h"
#include "io/machine.h"

namespace weir {

// Where bytes go, in order. One thread at a time.
class ByteWriter {
 public:
  virtual ~ByteWriter() = default;
  virtual Result<void> write(std::string_view bytes) = 0;  // all of them, or an error with errno
};

inline constexpr std::size_t out_stream_room_bytes = 4096;

struct OutStream {
  ByteWriter& writer;  // borrowed
  bool terminal = false;
  bool journal = false;                              // of systemd
  std::function<int()> columns = [] { return 80; };  // of the terminal, now
  // Whether so many bytes can be written at once: waits for it at most so long.
  std::function<bool(Nanoseconds)> room = [](Nanoseconds) { return true; };
};

struct System {  // borrows; outlived by what it points to
  Machine machine;
  std::map<std::string, std::string> environment;
  ReadFile& input;  // read once, in order, to its end
  bool input_terminal = false;
  OutStream output;  // for what was asked for
  OutStream talk;    // for people
  Stop& stop;
  int cores = 1;
};

// The system of this process. While it lives, SIGTERM, SIGINT and SIGHUP request the stop, and the
// second one ends the process at once with 128 + its number; what was ignored at the start (nohup,
// background jobs) stays ignored. SIGPIPE is ignored: a reader that has gone is an error of write.
// One at a time.
class OperatingSystem {
 public:
  virtual ~OperatingSystem() = default;
  virtual System& system() = 0;
};
std::unique_ptr<OperatingSystem> operating_system();

// The part of it that is about signals; restores what was before. One at a time.
class Signals {
 public:
  explicit Signals(Stop& stop);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A file descriptor to write to; borrowed, never closed. The name is for errors.
std::unique_ptr<ByteWriter> descriptor_writer(int descriptor, const std::string& shown);

}  // namespace weir
