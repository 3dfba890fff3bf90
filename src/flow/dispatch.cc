// SPDX-License-Identifier: Apache-2.0
#include "flow/dispatch.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace weir {
namespace {

constexpr std::size_t batches_live_max = 2;
constexpr std::size_t units_per_batch = 10'000;     // so that outcomes and rejects stay bounded
constexpr std::uint64_t bytes_per_spilled_key = 8;  // about: runs are packed

// About: one that was spilled may be held in memory once more, or by several lanes.
std::uint64_t keys_of(const Fold& fold) {
  return fold.keys() + fold.bytes_spilled() / bytes_per_spilled_key;
}

}  // namespace

Dispatch::Dispatch(const Machine& machine, const Options& options)
    : machine_(machine),
      options_(options),
      monitor_(machine.tasks.monitor()),
      units_per_batch_max_(units_per_batch) {
  CHECK(options.units_queued_max > 0);
}

bool Dispatch::offer(OfferedUnit unit) {
  const Held held(*monitor_);
  while (queue_.size() >= options_.units_queued_max && !called_off_) {
    monitor_->wait();
  }
  if (called_off_) {
    return false;
  }
  CHECK(!no_more_);
  queue_.push_back(std::move(unit));
  monitor_->notify_all();
  return true;
}

void Dispatch::no_more() {
  const Held held(*monitor_);
  no_more_ = true;
  close_if_due();
  monitor_->notify_all();
}

void Dispatch::call_off() {
  const Held held(*monitor_);
  called_off_ = true;
  no_more_ = true;
  queue_.clear();
  close_if_due();
  monitor_->notify_all();
}

bool Dispatch::called_off() {
  const Held held(*monitor_);
  return called_off_;
}

// A failed batch may still offer its units again, so work is over only when none is left.
bool Dispatch::over() const {
  return no_more_ && queue_.empty() && taken_ == 0 && !open_ && closing_.empty() &&
         closed_.empty() && committing_ == 0;
}

bool Dispatch::may_open() const {
  return closing_.size() + closed_.size() + static_cast<std::size_t>(committing_) <
         batches_live_max;
}

bool Dispatch::must_close(const LiveBatch& batch) const {
  const std::size_t begun = batch.units.size() + static_cast<std::size_t>(batch.workers_inside);
  return batch.spoilt || begun >= units_per_batch_max_ ||
         keys_of(*batch.fold) >= options_.batch_keys ||
         machine_.clock.monotonic() - batch.opened_at >= options_.batch_age ||
         (no_more_ && queue_.empty()) || is_idle(batch) || is_of_another_file(batch);
}

// Whatever comes while this one is committed makes the next batch.
bool Dispatch::is_idle(const LiveBatch& batch) const {
  return options_.close_when_idle && queue_.empty() && taken_ == 0 && !batch.units.empty();
}

bool Dispatch::is_of_another_file(const LiveBatch& batch) const {
  return options_.one_file_per_batch && !queue_.empty() && batch.file != queue_.front().id.file;
}

void Dispatch::open_batch(FileSequence file) {
  open_ = std::make_unique<LiveBatch>();
  open_->fold = std::make_unique<Fold>(machine_, options_.fold);
  open_->file = file;
  open_->opened_at = machine_.clock.monotonic();
}

void Dispatch::close_if_due() {
  if (!open_ || !must_close(*open_)) {
    return;
  }
  auto& to = open_->workers_inside == 0 ? closed_.emplace_back() : closing_.emplace_back();
  to = std::move(open_);
}

std::optional<Assignment> Dispatch::take() {
  const Held held(*monitor_);
  for (;;) {
    close_if_due();
    if (over()) {
      monitor_->notify_all();
      return std::nullopt;
    }
    if (!queue_.empty() && (open_ || may_open())) {
      break;
    }
    if (open_) {
      monitor_->wait_until(open_->opened_at + options_.batch_age);
    } else {
      monitor_->wait();
    }
  }
  if (!open_) {
    open_batch(queue_.front().id.file);
  }
  Assignment assignment{.batch = open_.get(), .unit = std::move(queue_.front())};
  queue_.pop_front();
  ++open_->workers_inside;
  ++taken_;
  close_if_due();
  monitor_->notify_all();
  return assignment;
}

void Dispatch::finish(const Assignment& assignment, Ending ending, UnitOutcome outcome) {
  const Held held(*monitor_);
  LiveBatch& batch = *assignment.batch;
  CHECK(batch.workers_inside > 0 && taken_ > 0);
  --batch.workers_inside;
  --taken_;
  if (ending == Ending::good) {
    batch.units.push_back(assignment.unit);
    batch.outcomes.push_back(std::move(outcome));
  }
  batch.spoilt = batch.spoilt || ending == Ending::spoilt;
  close_if_due();
  const auto drained = std::find_if(closing_.begin(), closing_.end(), [&](const auto& closing) {
    return closing.get() == &batch && batch.workers_inside == 0;
  });
  if (drained != closing_.end()) {
    closed_.push_back(std::move(*drained));
    closing_.erase(drained);
  }
  monitor_->notify_all();
}

std::unique_ptr<LiveBatch> Dispatch::take_closed() {
  const Held held(*monitor_);
  while (closed_.empty() && !over()) {
    if (open_) {
      monitor_->wait_until(open_->opened_at + options_.batch_age);
    } else {
      monitor_->wait();
    }
    close_if_due();
  }
  if (closed_.empty()) {
    monitor_->notify_all();
    return nullptr;
  }
  auto batch = std::move(closed_.front());
  closed_.pop_front();
  ++committing_;
  return batch;
}

void Dispatch::give_back(std::unique_ptr<LiveBatch> batch) {
  batch.reset();  // its memory and spilled runs, before the next batch may open
  const Held held(*monitor_);
  CHECK(committing_ > 0);
  --committing_;
  monitor_->notify_all();
}

void Dispatch::settled(std::unique_ptr<LiveBatch> batch) {
  give_back(std::move(batch));
  const Held held(*monitor_);
  units_per_batch_max_ = std::min(units_per_batch, units_per_batch_max_ * 2);
}

void Dispatch::again(std::unique_ptr<LiveBatch> batch, std::vector<OfferedUnit> units) {
  {
    const Held held(*monitor_);
    units_per_batch_max_ = std::max<std::size_t>(1, batch->units.size() / 2);
    if (!called_off_) {
      queue_.insert(queue_.begin(), std::make_move_iterator(units.begin()),
                    std::make_move_iterator(units.end()));
    }
  }
  give_back(std::move(batch));
}

void Dispatch::offer_again(OfferedUnit unit) {
  const Held held(*monitor_);
  if (!called_off_) {
    queue_.push_back(std::move(unit));
    monitor_->notify_all();
  }
}

}  // namespace weir
