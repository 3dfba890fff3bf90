// SPDX-License-Identifier: Apache-2.0
#include "flow/set_aside.h"

#include <utility>

#include "base/text.h"
#include "flow/events.h"

namespace weir {
namespace {

constexpr std::size_t told_max = 10'000;  // reasons that are remembered

Note::Fields fields_of(FileSequence file, const std::string& path, const std::string& reason) {
  return {{field::path, path}, {field::file, std::to_string(file)}, {field::reason, reason}};
}

}  // namespace

Note set_aside_note(FileSequence file, const std::string& path, const std::string& reason) {
  return {.severity = Severity::warning,
          .event = event::file_set_aside,
          .text = escaped(path) + " is set aside: " + reason,
          .fields = fields_of(file, path, reason)};
}

SetAside::SetAside(const Machine& machine, Store& store, const Notes& notes, const Stop& stop)
    : machine_(machine),
      store_(store),
      notes_(notes),
      stop_(stop),
      monitor_(machine.tasks.monitor()) {}

Result<void> SetAside::put(const FileRow& file, const std::string& path,
                           const std::string& reason) {
  if (!remember(file.sequence, files_)) {
    return {};
  }
  Retry retry(machine_, stop_);
  auto settled =
      retry([&] { return store_.ledger().settle(file, FileState::quarantined, reason); });
  if (!settled && settled.error().kind == ErrorKind::conflict) {
    const Held held(*monitor_);
    --files_;
    return {};
  }
  if (!settled) {
    return settled;
  }
  notes_(set_aside_note(file.sequence, path, reason));
  return {};
}

void SetAside::leave_waiting(const FileRow& file, const std::string& path,
                             const std::string& reason) {
  if (remember(file.sequence, files_waiting_) && first_time(file.sequence, reason)) {
    notes_({.severity = Severity::error,
            .event = event::file_waits,
            .text = escaped(path) + " waits for a later pass: " + reason,
            .fields = fields_of(file.sequence, path, reason)});
  }
}

bool SetAside::remember(FileSequence file, std::uint64_t& count) {
  const Held held(*monitor_);
  const bool fresh = given_up_.insert(file).second;
  count += fresh ? 1 : 0;
  return fresh;
}

bool SetAside::first_time(FileSequence file, const std::string& reason) {
  const Held held(*monitor_);
  if (told_.size() >= told_max) {
    told_.clear();
  }
  std::string& told = told_[file];
  return std::exchange(told, reason) != reason;
}

void SetAside::next_round() {
  const Held held(*monitor_);
  given_up_.clear();
}

bool SetAside::contains(FileSequence file) const {
  const Held held(*monitor_);
  return given_up_.contains(file);
}

std::uint64_t SetAside::files() const {
  const Held held(*monitor_);
  return files_;
}

std::uint64_t SetAside::files_waiting() const {
  const Held held(*monitor_);
  return files_waiting_;
}

}  // namespace weir
