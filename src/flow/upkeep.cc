// SPDX-License-Identifier: Apache-2.0
#include "flow/upkeep.h"

#include <algorithm>
#include <utility>

#include "flow/events.h"
#include "flow/verify.h"

namespace weir {
namespace {

constexpr Nanoseconds hour = 3'600'000'000'000;
constexpr Nanoseconds check_share = 1000;        // one part of the time in so many
constexpr std::uint64_t rows_per_step = 10'000;  // so that commits need not wait for long

}  // namespace

void Upkeep::run_due() {
  Clock& clock = options_.machine.clock;
  Result<void> done;
  if (clock.monotonic() >= roll_up_due_) {
    done = roll_up();
    roll_up_due_ = clock.monotonic() + hour;
  }
  if (done && clock.monotonic() >= check_due_ && !options_.stop.requested()) {
    const Nanoseconds began = clock.monotonic();
    done = check_books();
    check_due_ = began + std::max(hour, (clock.monotonic() - began) * check_share);
  }
  if (!done && !options_.stop.requested()) {
    tell_failure(done.error());
  }
}

Result<void> Upkeep::roll_up() {
  const HistorySettings& history = options_.settings.history;
  if (options_.settings.store.keep != StoreSettings::Keep::history) {
    return {};
  }
  TRY(roll_up_into(Period::hour, history.hours_after));
  TRY(roll_up_into(Period::day, history.days_after));
  return roll_up_into(Period::month, history.months_after);
}

Result<void> Upkeep::roll_up_into(Period period, Nanoseconds after) {
  if (after == 0) {
    return {};
  }
  const Nanoseconds before = options_.machine.clock.wall() - after;
  for (bool more = true; more && !options_.stop.requested();) {
    TRY_ASSIGN(const RolledUp step, retry_([&] {
                 return options_.store.corrections().roll_up(before, period, rows_per_step);
               }));
    rows_rolled_up_ += step.rows_merged;
    more = step.more;
  }
  return {};
}

// Once, until it changes.
Result<void> Upkeep::check_books() {
  TRY_ASSIGN(const VerifyReport report, verify(options_.store));
  std::string faults;
  for (const std::string& fault : report.faults) {
    faults += (faults.empty() ? "" : "; ") + fault;
  }
  if (faults != faults_told_ && !faults.empty()) {
    options_.notes(
        {.severity = Severity::error,
         .event = event::books_off,
         .text = "the books do not balance: " + faults + "; `weir verify --read` finds the file",
         .fields = {{field::reason, faults}}});
  }
  faults_told_ = std::move(faults);
  return {};
}

void Upkeep::tell_failure(const Error& error) {
  if (std::exchange(failure_told_, error.message) != error.message) {
    options_.notes({.severity = Severity::warning,
                    .event = event::upkeep_failed,
                    .text = "history was not rolled up, or the books not checked: " + error.message,
                    .fields = {{field::reason, error.message}}});
  }
}

}  // namespace weir
