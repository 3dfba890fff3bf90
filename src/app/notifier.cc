// SPDX-License-Identifier: Apache-2.0
#include "app/notifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "flow/events.h"
#include "io/path.h"

namespace weir {
namespace {

constexpr Nanoseconds look_for_stop_every = 100'000'000;
constexpr Nanoseconds producer_wait_max = 5'000'000'000;  // for one answer

bool is_receipt(NoticeOutcome outcome) {
  return outcome == NoticeOutcome::counted || outcome == NoticeOutcome::quarantined;
}

Error no_answer_in_time(bool stopped) {
  return {ErrorKind::unavailable,
          stopped ? "stopped before every answer was there" : "no answer came in time", ETIMEDOUT};
}

}  // namespace

Result<void> Notifier::tell(std::span<const std::string> paths, const Wish& wish,
                            const Taker& take) {
  for (const std::string& path : paths) {
    while (answers_expected_ >= notices_unanswered_max) {
      TRY(take_answer(wish, take));
    }
    if (const auto sent = line_.send(to_line(Notice{.path = path, .receipt = wish.receipts}));
        !sent) {
      return last_words(sent.error(), wish, take);
    }
    Expected& expected = expected_[path];
    ++expected.answers;
    expected.receipts += wish.receipts ? 1 : 0;
    ++answers_expected_;
  }
  while (!expected_.empty()) {
    TRY(take_answer(wish, take));
  }
  return {};
}

Result<void> Notifier::take_answer(const Wish& wish, const Taker& take) {
  TRY_ASSIGN(const std::string line, next_line(wish.monotonic_deadline));
  const auto answer = answer_from_json(line);
  if (!answer) {
    return Error{ErrorKind::invalid, fmt::format("it says: {}", escaped(line, 400))};
  }
  if (settle(*answer)) {
    take(*answer);
  }
  return {};
}

// Of one that listens no more: it may have said why before it left.
Error Notifier::last_words(const Error& error, const Wish& wish, const Taker& take) {
  for (;;) {
    const auto taken = take_answer(wish, take);
    if (!taken) {
      return taken.error().kind == ErrorKind::invalid ? taken.error() : error;
    }
  }
}

Result<std::string> Notifier::next_line(Nanoseconds monotonic_deadline) {
  Clock& clock = system_.machine.clock;
  while (clock.monotonic() < monotonic_deadline && !system_.stop.requested()) {
    auto line =
        line_.receive(std::min(monotonic_deadline, clock.monotonic() + look_for_stop_every));
    if (line && *line) {
      return **std::move(line);
    }
    if (line) {
      return Error{ErrorKind::unavailable, "it left before every answer was there", ECONNRESET};
    }
    if (line.error().os_code != ETIMEDOUT) {
      return line.error();
    }
  }
  return no_answer_in_time(system_.stop.requested());
}

// False: nobody asked. A file that is refused gets no receipt.
bool Notifier::settle(const NoticeAnswer& answer) {
  const auto found = expected_.find(answer.path);
  if (found == expected_.end()) {
    return false;
  }
  Expected& expected = found->second;
  std::size_t& awaited = is_receipt(answer.outcome) ? expected.receipts : expected.answers;
  if (awaited == 0) {
    return false;
  }
  --awaited;
  if (!is_receipt(answer.outcome)) {
    --answers_expected_;
    const bool no_receipt = answer.outcome == NoticeOutcome::refused && expected.receipts > 0;
    expected.receipts -= no_receipt ? 1 : 0;
  }
  if (expected.answers == 0 && expected.receipts == 0) {
    expected_.erase(found);
  }
  return true;
}

Result<std::string> notice_path(FileSystem& files, const std::string& typed) {
  const std::string_view name = last_name(typed);
  if (name.empty()) {
    return Error{ErrorKind::invalid, fmt::format("\"{}\" names no file", escaped(typed, 400))};
  }
  const std::string folder(parent_of(typed));
  TRY_ASSIGN(const std::string whole, files.canonical(folder.empty() ? "." : folder));
  return joined(whole, name);
}

void FileTeller::tell(const std::string& path) {
  const auto told = try_to_tell(path);
  if (told) {
    failed_ = false;
    return;
  }
  ++counts_.unanswered;
  line_.reset();  // an answer that comes late must not be taken for another one
  if (!std::exchange(failed_, true)) {
    notes_({.severity = Severity::warning,
            .event = event::notice_unanswered,
            .text = fmt::format("{} takes no notice of {}: {}", escaped(socket_), escaped(path),
                                told.error().message),
            .fields = {{field::path, path}, {field::reason, told.error().message}}});
  }
}

Result<void> FileTeller::try_to_tell(const std::string& path) {
  if (!line_) {
    TRY_ASSIGN(line_, connect_lines(system_.machine.clock, socket_));
  }
  Notifier notifier(system_, *line_);
  const Nanoseconds deadline = system_.machine.clock.monotonic() + producer_wait_max;
  return notifier.tell({&path, 1}, {.monotonic_deadline = deadline},
                       [this](const NoticeAnswer& answer) { count(answer); });
}

void FileTeller::count(const NoticeAnswer& answer) {
  counts_.accepted += answer.outcome == NoticeOutcome::accepted ? 1 : 0;
  counts_.known += answer.outcome == NoticeOutcome::known ? 1 : 0;
  counts_.refused += answer.outcome == NoticeOutcome::refused ? 1 : 0;
  if (answer.outcome == NoticeOutcome::refused) {
    notes_({.severity = Severity::warning,
            .event = event::notice_refused,
            .text = fmt::format("{} is refused: {}", escaped(answer.path), answer.reason),
            .fields = {{field::path, answer.path}, {field::reason, answer.reason}}});
  }
}

}  // namespace weir
