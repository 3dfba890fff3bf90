// SPDX-License-Identifier: Apache-2.0
// Calls that may hang, made by tasks that can be left behind. Inside io; see io/patient.h.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/stop.h"
#include "base/tasks.h"

namespace weir {

class Runner;   // one task, and the errand it is on
class Hanging;  // the errands that were left behind

// Any thread. Borrows all but what hangs.
class Errands {
 public:
  struct Options {
    Tasks& tasks;
    Clock& clock;
    const Stop& stop;
    Nanoseconds timeout;
    int hangs_max;
  };
  explicit Errands(const Options& options);
  ~Errands();  // waits for its runners, but for those that hang
  Errands(const Errands&) = delete;
  Errands& operator=(const Errands&) = delete;

  // What the call answers, or `unavailable`: late, or not made since too much hangs. It may go on
  // when nobody listens any more: it owns what it touches. The path is what it is about.
  template <class T>
  Result<T> ask(const std::string& path, const std::function<Result<T>()>& call) {
    const auto answer = std::make_shared<std::optional<Result<T>>>();
    TRY(hanging_admits(path));
    TRY(run(path, [answer, call] { answer->emplace(call()); }));
    CHECK(answer->has_value());
    return *std::move(*answer);
  }

  // Frees it, which may hang, too. Never refused: no more of these can hang than were asked for.
  template <class T>
  void free(const std::string& path, std::shared_ptr<T> thing) {
    const auto held = std::make_shared<std::shared_ptr<T>>(std::move(thing));
    static_cast<void>(run(path, [held] { held->reset(); }));
  }

 private:
  struct Sent {
    std::shared_ptr<Runner> runner;  // the task's, too: it may be left behind
    std::unique_ptr<Task> task;
  };
  Result<void> hanging_admits(const std::string& path);
  Result<void> run(const std::string& path, std::function<void()> errand);
  bool wait_for(Runner& runner);
  Sent take();
  void put_back(Sent sent);
  Error late(const std::string& path) const;

  const Options options_;
  const std::shared_ptr<Hanging> hanging_;  // shared with the runners that hang
  const std::unique_ptr<Monitor> monitor_;  // over what follows
  std::vector<Sent> idle_;                  // no more than callers at a time
};

}  // namespace weir
