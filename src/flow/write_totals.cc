// SPDX-License-Identifier: Apache-2.0
#include "flow/write_totals.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir {
namespace {

constexpr std::size_t block_bytes = 1 << 20;  // of text, after which a task waits for its turn

// Slices are taken in order, so that the task whose turn it is never waits for another one.
class Writing {
 public:
  Writing(Tasks& tasks, Fold& fold, const TotalsOutput& output)
      : fold_(fold), output_(output), monitor_(tasks.monitor()) {}

  void work() {
    const auto block = output_.block();
    while (const auto slice = take()) {
      const Result<std::uint64_t> keys = write(*slice, *block);
      end(*slice, keys);
    }
  }
  Result<std::uint64_t> outcome() const {
    return error_ ? Result<std::uint64_t>(*error_) : Result<std::uint64_t>(keys_);
  }

 private:
  std::optional<std::size_t> take() {
    const Held held(*monitor_);
    return error_ || next_ == fold_.slices() ? std::nullopt : std::optional(next_++);
  }

  Result<std::uint64_t> write(std::size_t slice, TotalsBlock& block) {
    TRY_ASSIGN(const auto cursor, fold_.slice(slice));
    std::uint64_t keys = 0;
    block.clear();
    for (;;) {
      TRY_ASSIGN(const auto entries, cursor->next());
      block.add(entries);
      keys += entries.size();
      if (entries.empty() || block.text().size() >= block_bytes) {
        wait_for_turn(slice);
        TRY(output_.write(block.text()));
        block.clear();
      }
      if (entries.empty()) {
        return keys;
      }
    }
  }

  void wait_for_turn(std::size_t slice) {
    const Held held(*monitor_);
    while (turn_ != slice && !error_) {
      monitor_->wait();
    }
  }

  void end(std::size_t slice, const Result<std::uint64_t>& keys) {
    wait_for_turn(slice);
    const Held held(*monitor_);
    if (!keys && !error_) {
      error_ = keys.error();
    }
    keys_ += keys ? *keys : 0;
    ++turn_;
    monitor_->notify_all();
  }

  Fold& fold_;
  const TotalsOutput& output_;
  const std::unique_ptr<Monitor> monitor_;  // over what follows
  std::size_t next_ = 0;
  std::size_t turn_ = 0;
  std::uint64_t keys_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<std::uint64_t> write_totals(Tasks& tasks, int jobs, Fold& fold, const TotalsOutput& output) {
  Writing writing(tasks, fold, output);
  std::vector<std::unique_ptr<Task>> others;
  for (int i = 1; i < jobs && static_cast<std::size_t>(i) < fold.slices(); ++i) {
    others.push_back(tasks.spawn("write-" + std::to_string(i), [&writing] { writing.work(); }));
  }
  writing.work();
  for (const auto& task : others) {
    task->join();
  }
  return writing.outcome();
}

}  // namespace weir
