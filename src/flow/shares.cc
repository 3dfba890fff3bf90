// SPDX-License-Identifier: Apache-2.0
#include "flow/shares.h"

#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "flow/events.h"

namespace weir {
namespace {

constexpr std::string_view unit_kind = "unit";

}  // namespace

LeaseName lease_of(const UnitId& unit) {
  return {.kind = std::string(unit_kind),
          .name = std::to_string(unit.file) + "." + std::to_string(unit.epoch) + "." +
                  std::to_string(unit.number)};
}

std::optional<UnitId> leased_unit(const LeaseName& name) {
  UnitId unit;
  const char* at = name.name.data();
  const char* const end = at + name.name.size();
  const auto number = [&at, end](auto& into, bool is_last) {
    const auto [next, code] = std::from_chars(at, end, into);
    const bool ends_well = is_last ? next == end : next != end && *next == '.';
    at = next + (next == end ? 0 : 1);
    return code == std::errc() && ends_well;
  };
  const bool whole = name.kind == unit_kind && number(unit.file, false) &&
                     number(unit.epoch, false) && number(unit.number, true);
  return whole ? std::optional(unit) : std::nullopt;
}

Shares::Shares(const Options& options)
    : options_(options), monitor_(options.machine.tasks.monitor()) {}

bool Shares::take(const UnitId& unit) {
  const LeaseName name = lease_of(unit);
  const auto answers = options_.leases.take({&name, 1}, options_.lasts);
  if (!heard(answers ? nullptr : &answers.error())) {
    return true;
  }
  if (answers->front() == LeaseAnswer::held) {
    return false;
  }
  const Held held(*monitor_);
  if (answers->front() == LeaseAnswer::ours) {
    ours_.insert(unit);
  }
  return true;
}

// Its lease is not renewed any more, nor given back: whoever has it in a queue of his own passes
// over it meanwhile.
void Shares::counted(const UnitId& unit) {
  const Held held(*monitor_);
  ours_.erase(unit);
}

void Shares::give_back(const UnitId& unit) {
  {
    const Held held(*monitor_);
    if (ours_.erase(unit) == 0) {
      return;
    }
  }
  const LeaseName name = lease_of(unit);
  static_cast<void>(options_.leases.give_back({&name, 1}));  // else it runs out
}

// Told once, until they answer again.
bool Shares::heard(const Error* error) {
  bool first = false;
  {
    const Held held(*monitor_);
    first = error != nullptr && !told_;
    told_ = error != nullptr;
  }
  if (first) {
    options_.notes({.severity = Severity::warning,
                    .event = event::leases_unreachable,
                    .text = "the leases do not answer; units may be counted by several workers, "
                            "and are committed once: " +
                            error->message,
                    .fields = {{field::reason, error->message}}});
  }
  return error == nullptr;
}

std::vector<LeaseName> Shares::in_hand() {
  std::vector<LeaseName> names;
  names.reserve(ours_.size());
  for (const UnitId& unit : ours_) {
    names.push_back(lease_of(unit));
  }
  return names;
}

void Shares::enter() {
  const Held held(*monitor_);
  left_ = false;
}

void Shares::keep() {
  const Nanoseconds pace = options_.lasts / lease_renewals_a_lifetime;
  Clock& clock = options_.machine.clock;
  Nanoseconds due = clock.monotonic() + pace;
  for (;;) {
    std::vector<LeaseName> names;
    {
      const Held held(*monitor_);
      while (!left_ && clock.monotonic() < due) {
        monitor_->wait_until(due);
      }
      if (left_) {
        return;
      }
      names = in_hand();
    }
    due = clock.monotonic() + pace;
    if (!names.empty()) {
      const auto renewed = options_.leases.renew(names, options_.lasts);
      heard(renewed ? nullptr
                    : &renewed.error());  // what was lost is another's: the commit decides
    }
  }
}

void Shares::leave() {
  std::vector<LeaseName> names;
  {
    const Held held(*monitor_);
    left_ = true;
    names = in_hand();
    ours_.clear();
    monitor_->notify_all();
  }
  if (!names.empty()) {
    static_cast<void>(options_.leases.give_back(names));
  }
}

}  // namespace weir
