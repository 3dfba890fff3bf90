// SPDX-License-Identifier: Apache-2.0
#include "io/errands.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "base/text.h"

namespace weir {
namespace {

constexpr Nanoseconds look_every = 200'000'000;        // for a request to stop
constexpr Nanoseconds after_stop_max = 2'000'000'000;  // from when it is seen

}  // namespace

// Any thread.
class Hanging {
 public:
  explicit Hanging(Tasks& tasks) : monitor_(tasks.monitor()) {}

  void add(const std::string& path) {
    const Held held(*monitor_);
    paths_.insert(path);
  }
  void remove(const std::string& path) {
    const Held held(*monitor_);
    paths_.erase(paths_.find(path));
  }
  bool contains(const std::string& path) {
    const Held held(*monitor_);
    return paths_.contains(path);
  }
  std::size_t count() {
    const Held held(*monitor_);
    return paths_.size();
  }

 private:
  const std::unique_ptr<Monitor> monitor_;
  std::multiset<std::string> paths_;
};

class Runner {
 public:
  explicit Runner(Tasks& tasks) : monitor_(tasks.monitor()) {}

  // The task: one errand after another, until it is dismissed or left behind.
  void work() {
    while (auto errand = next()) {
      errand();
      errand = nullptr;  // frees here what it holds: that may take its time, too
      if (finish()) {
        return;
      }
    }
  }

  void send(std::function<void()> errand) {
    const Held held(*monitor_);
    errand_ = std::move(errand);
    done_ = false;
    monitor_->notify_all();
  }

  // True: the errand is done. May return early.
  bool wait_until(Nanoseconds deadline) {
    const Held held(*monitor_);
    if (!done_) {
      monitor_->wait_until(deadline);
    }
    return done_;
  }

  // False: it has just come back. Else it says so by this call when it does.
  bool leave_behind(std::function<void()> returned) {
    const Held held(*monitor_);
    if (done_) {
      return false;
    }
    returned_ = std::move(returned);
    return true;
  }

  void dismiss() {
    const Held held(*monitor_);
    dismissed_ = true;
    monitor_->notify_all();
  }

 private:
  std::function<void()> next() {
    const Held held(*monitor_);
    while (!errand_ && !dismissed_) {
      monitor_->wait();
    }
    return std::exchange(errand_, nullptr);
  }

  // True: it was left behind, and nobody sends it again.
  bool finish() {
    std::function<void()> returned;
    {
      const Held held(*monitor_);
      done_ = true;
      monitor_->notify_all();
      returned = std::exchange(returned_, nullptr);
    }
    if (returned) {
      returned();
    }
    return returned != nullptr;
  }

  const std::unique_ptr<Monitor> monitor_;
  std::function<void()> errand_;    // waits for the task
  std::function<void()> returned_;  // set: it was left behind
  bool done_ = true;
  bool dismissed_ = false;
};

Errands::Errands(const Options& options)
    : options_(options),
      hanging_(std::make_shared<Hanging>(options.tasks)),
      monitor_(options.tasks.monitor()) {
  CHECK(options.timeout > 0 && options.hangs_max > 0);
}

Errands::~Errands() {
  for (const Sent& each : idle_) {
    each.runner->dismiss();
  }
}

Error Errands::late(const std::string& path) const {
  return {.kind = ErrorKind::unavailable,
          .message = fmt::format("no answer from {} for {:g} s", escaped(path),
                                 static_cast<double>(options_.timeout) / 1e9),
          .os_code = ETIMEDOUT};
}

Result<void> Errands::hanging_admits(const std::string& path) {
  if (hanging_->contains(path)) {
    return late(path);
  }
  if (hanging_->count() >= static_cast<std::size_t>(options_.hangs_max)) {
    return Error{.kind = ErrorKind::unavailable,
                 .message = fmt::format("{} is not asked for: no answer from {} others for {:g} s",
                                        escaped(path), options_.hangs_max,
                                        static_cast<double>(options_.timeout) / 1e9),
                 .os_code = ETIMEDOUT};
  }
  return {};
}

Result<void> Errands::run(const std::string& path, std::function<void()> errand) {
  Sent sent = take();
  if (!sent.task->started()) {  // no thread is to be had: better without a deadline than not at all
    sent.task->abandon();
    errand();
    return {};
  }
  sent.runner->send(std::move(errand));
  if (!wait_for(*sent.runner)) {
    hanging_->add(path);
    const auto returned = [hanging = hanging_, path] { hanging->remove(path); };
    if (sent.runner->leave_behind(returned)) {
      sent.task->abandon();
      return late(path);
    }
    hanging_->remove(path);
  }
  put_back(std::move(sent));
  return {};
}

// False: it is late.
bool Errands::wait_for(Runner& runner) {
  const Nanoseconds began = options_.clock.monotonic();
  Nanoseconds deadline = began + options_.timeout;
  bool stopping = false;
  for (Nanoseconds now = began; now < deadline; now = options_.clock.monotonic()) {
    if (!stopping && options_.stop.requested()) {
      stopping = true;
      deadline = std::min(deadline, now + after_stop_max);
    }
    if (runner.wait_until(std::min(deadline, now + look_every))) {
      return true;
    }
  }
  return false;
}

Errands::Sent Errands::take() {
  {
    const Held held(*monitor_);
    if (!idle_.empty()) {
      Sent sent = std::move(idle_.back());
      idle_.pop_back();
      return sent;
    }
  }
  const auto runner = std::make_shared<Runner>(options_.tasks);
  return {.runner = runner,
          .task = options_.tasks.spawn("patient-read", [runner] { runner->work(); })};
}

void Errands::put_back(Sent sent) {
  const Held held(*monitor_);
  idle_.push_back(std::move(sent));
}

}  // namespace weir
