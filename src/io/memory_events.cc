// SPDX-License-Identifier: Apache-2.0
#include "io/memory_events.h"

#include <utility>

#include "io/path.h"

namespace weir::memory {
namespace {

using Kind = FolderEvent::Kind;

void push(Watcher& watcher, FolderEvent event, Bells& bells) {
  if (watcher.events.size() < events_waiting_max) {
    watcher.events.push_back(std::move(event));
  } else if (watcher.events.back().kind != Kind::overflow) {
    watcher.events.push_back({.folder = {}, .name = {}, .kind = Kind::overflow});
  }
  bells.push_back(watcher.bell);
}

}  // namespace

void Bell::ring() {
  const Held held(*monitor_);
  rung_ = true;
  monitor_->notify_all();
}

void Bell::quieten() {
  const Held held(*monitor_);
  rung_ = false;
}

// Does not wait a second time: in simulation, whoever dies is woken once, and must get away.
void Bell::wait(Nanoseconds monotonic_deadline) {
  const Held held(*monitor_);
  if (!rung_) {
    monitor_->wait_until(monotonic_deadline);
  }
}

void Watchers::join(const std::shared_ptr<Watcher>& watcher) {
  std::erase_if(watchers_, [](const auto& each) { return each.expired(); });
  watchers_.push_back(watcher);
}

std::size_t Watchers::folders() const {
  std::size_t count = 0;
  for (const auto& each : watchers_) {
    const auto watcher = each.lock();
    count += watcher ? watcher->folders.size() : 0;
  }
  return count;
}

template <class Call>
void Watchers::each(const Call& call) {
  for (const auto& weak : watchers_) {
    if (const auto watcher = weak.lock()) {
      call(*watcher);
    }
  }
}

void Watchers::tell(const Node& folder, const std::string& name, FolderEvent::Kind kind,
                    Bells& bells) {
  each([&](Watcher& watcher) {
    const auto found = watcher.folders.find(&folder);
    if (found != watcher.folders.end()) {
      push(watcher, {.folder = found->second, .name = name, .kind = kind}, bells);
    }
  });
}

void Watchers::tell_gone(const Node& folder, Bells& bells) {
  each([&](Watcher& watcher) {
    const auto found = watcher.folders.find(&folder);
    if (found == watcher.folders.end()) {
      return;
    }
    const std::string gone = found->second;
    std::erase_if(watcher.folders,
                  [&](const auto& watched) { return lies_within(watched.second, gone); });
    push(watcher, {.folder = gone, .name = {}, .kind = Kind::folder_gone}, bells);
  });
}

void Watchers::tell_overflow(Bells& bells) {
  each([&](Watcher& watcher) {
    watcher.events.clear();
    push(watcher, {.folder = {}, .name = {}, .kind = Kind::overflow}, bells);
  });
}

void Watchers::tell_lost(Bells& bells) {
  each([&](Watcher& watcher) {
    watcher.lost = true;
    watcher.folders.clear();
    bells.push_back(watcher.bell);
  });
}

}  // namespace weir::memory
