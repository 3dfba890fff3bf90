// SPDX-License-Identifier: Apache-2.0
#include "flow/receipts.h"

#include <iterator>
#include <utility>

#include "base/text.h"

namespace weir {
namespace {

constexpr Nanoseconds look_every = 1'000'000'000;  // where nothing was committed

NoticeOutcome outcome_of(Verdict::Standing standing) {
  switch (standing) {
    case Verdict::Standing::accepted:
      return NoticeOutcome::accepted;
    case Verdict::Standing::known:
      return NoticeOutcome::known;
    case Verdict::Standing::set_aside:
    case Verdict::Standing::later:
      break;
  }
  return NoticeOutcome::refused;
}

}  // namespace

void Receipts::answer(AskedNotice asked, const Verdict& verdict) {
  NoticeAnswer answer{.outcome = outcome_of(verdict.standing),
                      .path = asked.notice.path,
                      .reason = escaped(verdict.reason)};
  const bool more = asked.notice.receipt && answer.outcome != NoticeOutcome::refused;
  const bool room = tickets_.size() < receipts_waiting_max;
  if (more && !room) {
    answer.outcome = NoticeOutcome::refused;
    answer.reason = "the file is accepted, but too many receipts are waited for";
  }
  asked.answer(answer);
  if (more && room) {
    tickets_.push_back({.asked = std::move(asked), .file = verdict.file});
    due_ = 0;
  }
}

Result<void> Receipts::give(Nanoseconds monotonic_now) {
  if (tickets_.empty() || monotonic_now < due_) {
    return {};
  }
  due_ = monotonic_now + look_every;
  for (auto ticket = tickets_.begin(); ticket != tickets_.end();) {
    TRY_ASSIGN(const bool given, give_one(*ticket));
    ticket = given ? tickets_.erase(ticket) : std::next(ticket);
  }
  return {};
}

// False: it is not decided yet.
Result<bool> Receipts::give_one(const Ticket& ticket) {
  const FileQuery query{.after = ticket.file - 1, .rows_max = 1};
  TRY_ASSIGN(const auto rows, retry_([&] { return store_.listings().files(query); }));
  NoticeAnswer answer{.path = ticket.asked.notice.path};
  if (rows.empty() || rows.front().sequence != ticket.file) {
    answer.reason = "the ledger has forgotten it";
  } else if (rows.front().state == FileState::pending) {
    return false;
  } else if (rows.front().state == FileState::done) {
    answer.outcome = NoticeOutcome::counted;
    answer.lines = static_cast<std::int64_t>(rows.front().counts.lines());
    answer.rejects = static_cast<std::int64_t>(rows.front().counts.rejected);
  } else {
    answer.outcome = NoticeOutcome::quarantined;
    answer.reason = escaped(rows.front().reason);
  }
  ticket.asked.answer(answer);
  return true;
}

}  // namespace weir
