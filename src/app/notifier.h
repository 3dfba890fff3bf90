// SPDX-License-Identifier: Apache-2.0
// Tells a running weir that files are complete, and hears what it says to that. How it is said is
// model/notice.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "app/system.h"
#include "base/result.h"
#include "flow/report.h"
#include "io/line_socket.h"
#include "model/notice.h"

namespace weir {

inline constexpr std::size_t notices_unanswered_max = 64;  // at a time

// One conversation. One thread. Borrows system and line.
class Notifier {
 public:
  Notifier(System& system, LineClient& line) : system_(system), line_(line) {}

  struct Wish {
    bool receipts = false;  // wait until the files are counted, or set aside
    Nanoseconds monotonic_deadline = 0;
  };
  using Taker = std::function<void(const NoticeAnswer&)>;
  // Tells of every path, and hands on each answer as it comes. `unavailable` with ETIMEDOUT: the
  // deadline, or a request to stop, came before the last answer; `unavailable` otherwise: the other
  // side has gone. `invalid`: it does not talk with us; the message is what it said. After an
  // error the conversation is over.
  Result<void> tell(std::span<const std::string> paths, const Wish& wish, const Taker& take);

 private:
  Result<void> take_answer(const Wish& wish, const Taker& take);
  Error last_words(const Error& error, const Wish& wish, const Taker& take);
  Result<std::string> next_line(Nanoseconds monotonic_deadline);
  bool settle(const NoticeAnswer& answer);

  struct Expected {
    std::size_t answers = 0;
    std::size_t receipts = 0;
  };
  System& system_;
  LineClient& line_;
  std::map<std::string, Expected> expected_;  // by path
  std::size_t answers_expected_ = 0;          // in all
};

// How an absolute path is made of one that was typed: links on the way to the file are resolved,
// the file itself is not looked at.
Result<std::string> notice_path(FileSystem& files, const std::string& typed);

struct NoticeCounts {
  std::uint64_t accepted = 0;
  std::uint64_t known = 0;
  std::uint64_t refused = 0;
  std::uint64_t unanswered = 0;  // nobody listened, or no answer came in time
  std::uint64_t all() const { return accepted + known + refused + unanswered; }
};

// Tells of one file after another for as long as a producer makes some. That nobody listens holds
// up no producer for long: a scan will find the files. One thread. Borrows system and notes.
class FileTeller {
 public:
  FileTeller(System& system, std::string socket, const Notes& notes)
      : system_(system), socket_(std::move(socket)), notes_(notes) {}

  void tell(const std::string& path);
  const NoticeCounts& counts() const { return counts_; }

 private:
  Result<void> try_to_tell(const std::string& path);
  void count(const NoticeAnswer& answer);

  System& system_;
  const std::string socket_;
  const Notes& notes_;
  std::unique_ptr<LineClient> line_;  // nothing: to be connected
  bool failed_ = false;               // the last time: it is not said again
  NoticeCounts counts_;
};

}  // namespace weir
