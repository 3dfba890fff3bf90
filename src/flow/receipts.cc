// SPDX-License-Identifier: Apache-2.0
#include "flow/receipts.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/text.h"

namespace weir {
namespace {

constexpr Nanoseconds look_every = 1'000'000'000;  // where nothing was committed
constexpr std::size_t tickets_per_page = 1'000;

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

// What became of a file; nothing: it is not decided yet. nullptr: it is not in the ledger.
std::optional<NoticeAnswer> answer_of(const FileRow* row) {
  NoticeAnswer answer;
  if (row == nullptr) {
    answer.reason = "the ledger has forgotten it";
  } else if (row->state == FileState::pending) {
    return std::nullopt;
  } else if (row->state == FileState::done) {
    answer.outcome = NoticeOutcome::counted;
    answer.lines = static_cast<std::int64_t>(row->counts.lines());
    answer.rejects = static_cast<std::int64_t>(row->counts.rejected);
  } else {
    answer.outcome = NoticeOutcome::quarantined;
    answer.reason = escaped(row->reason);
  }
  return answer;
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
  Result<void> given;
  for (std::size_t at = 0; given && at < tickets_.size(); at += tickets_per_page) {
    given = give(Page(tickets_).subspan(at, std::min(tickets_per_page, tickets_.size() - at)));
  }
  std::erase_if(tickets_, [](const Ticket& ticket) { return ticket.given; });
  return given;
}

// One look at the store for all of them.
Result<void> Receipts::give(Page page) {
  FileQuery query{.rows_max = page.size()};
  for (const Ticket& ticket : page) {
    query.among.push_back(ticket.file);
  }
  TRY_ASSIGN(const auto rows, retry_([&] { return store_.listings().files(query); }));
  std::map<FileSequence, const FileRow*> found;
  for (const FileRow& row : rows) {
    found[row.sequence] = &row;
  }
  for (Ticket& ticket : page) {
    const auto row = found.find(ticket.file);
    auto answer = answer_of(row == found.end() ? nullptr : row->second);
    if (answer) {
      answer->path = ticket.asked.notice.path;
      ticket.asked.answer(*answer);
      ticket.given = true;
    }
  }
  return {};
}

}  // namespace weir
