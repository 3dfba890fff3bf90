// SPDX-License-Identifier: Apache-2.0
#include "base/tasks.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "base/check.h"

namespace weir {
namespace {

enum class Course { runs, runs_abandoned, returned };
using Count = std::atomic<int>;

class ThreadTask final : public Task {
 public:
  ThreadTask(const std::string& name, const std::function<void()>& body,
             std::shared_ptr<Count> abandoned)
      : abandoned_(std::move(abandoned)) {
    try {
      thread_ = std::thread([name, body, course = course_, abandoned = abandoned_]() noexcept {
        pthread_setname_np(pthread_self(), name.c_str());
        body();
        if (course->exchange(Course::returned) == Course::runs_abandoned) {
          --*abandoned;
        }
      });
    } catch (const std::system_error&) {  // no room for one more: EAGAIN is all it can say
      waiting_body_ = body;
    }
  }
  ~ThreadTask() override { join(); }

  void join() override {
    if (thread_.joinable()) {
      thread_.join();
    }
    if (waiting_body_) {
      std::exchange(waiting_body_, nullptr)();
    }
  }

  bool started() const override { return !waiting_body_; }

  void abandon() override {
    waiting_body_ = nullptr;
    if (!thread_.joinable()) {
      return;
    }
    ++*abandoned_;
    Course running = Course::runs;
    if (!course_->compare_exchange_strong(running, Course::runs_abandoned)) {
      --*abandoned_;  // it has just returned
    }
    thread_.detach();
  }

 private:
  // Both are the thread's, too: it may outlive all else.
  const std::shared_ptr<std::atomic<Course>> course_ =
      std::make_shared<std::atomic<Course>>(Course::runs);
  const std::shared_ptr<Count> abandoned_;
  std::thread thread_;
  std::function<void()> waiting_body_;
};

class ThreadMonitor final : public Monitor {
 public:
  void lock() override { mutex_.lock(); }
  void unlock() override { mutex_.unlock(); }
  void notify_all() override { condition_.notify_all(); }

  void wait() override {
    std::unique_lock<std::mutex> lock(mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }

  void wait_until(Nanoseconds monotonic_deadline) override {
    using Moment = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;
    std::unique_lock<std::mutex> lock(mutex_, std::adopt_lock);
    const std::chrono::nanoseconds deadline(std::max<Nanoseconds>(monotonic_deadline, 0));
    condition_.wait_until(lock, Moment(deadline));
    lock.release();
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
};

class ThreadTasks final : public Tasks {
 public:
  std::unique_ptr<Task> spawn(const std::string& name, std::function<void()> body) override {
    CHECK(name.size() <= 15);  // what the kernel keeps
    return std::make_unique<ThreadTask>(name, body, abandoned_);
  }
  std::unique_ptr<Monitor> monitor() override { return std::make_unique<ThreadMonitor>(); }
  int abandoned() const override { return *abandoned_; }

 private:
  const std::shared_ptr<Count> abandoned_ = std::make_shared<Count>(0);
};

}  // namespace

std::unique_ptr<Tasks> thread_tasks() {
  return std::make_unique<ThreadTasks>();
}

}  // namespace weir
