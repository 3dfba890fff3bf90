// SPDX-License-Identifier: Apache-2.0
#include "flow/backlog.h"

#include <algorithm>
#include <utility>

namespace weir {

std::size_t Backlog::put(const std::vector<std::shared_ptr<const OfferedFile>>& files) {
  const Held held(*monitor_);
  if (under_way_.size() >= forget_at_) {
    forget_done();
    forget_at_ = std::max(backlog_files_max, 2 * under_way_.size());
  }
  std::size_t fresh = 0;
  for (const auto& file : files) {
    auto& known = under_way_[file->row.sequence];
    if (!closed_ && known.expired()) {
      known = file;
      files_.push_back(file);
      ++fresh;
    }
  }
  monitor_->notify_all();
  return fresh;
}

std::shared_ptr<const OfferedFile> Backlog::take() {
  const Held held(*monitor_);
  while (files_.empty() && !closed_) {
    monitor_->wait();
  }
  if (closed_) {
    return nullptr;
  }
  auto file = std::move(files_.front());
  files_.pop_front();
  return file;
}

void Backlog::open() {
  const Held held(*monitor_);
  closed_ = false;
}

void Backlog::close() {
  std::deque<std::shared_ptr<const OfferedFile>> forgotten;
  const Held held(*monitor_);
  closed_ = true;
  forgotten.swap(files_);
  monitor_->notify_all();
}

bool Backlog::full() {
  const Held held(*monitor_);
  return files_.size() >= backlog_files_max;
}

std::size_t Backlog::under_way() {
  const Held held(*monitor_);
  forget_done();
  return under_way_.size();
}

std::size_t Backlog::remembered() {
  const Held held(*monitor_);
  return under_way_.size();
}

void Backlog::forget_done() {
  std::erase_if(under_way_, [](const auto& entry) { return entry.second.expired(); });
}

}  // namespace weir
