// SPDX-License-Identifier: Apache-2.0
// What wakes a watch: notices from a socket, arrivals from the system, commits, corrections, a wish
// to scan.
// Bounded: what does not fit is refused (notices) or left to the next scan (arrivals).
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "base/tasks.h"
#include "model/notice.h"
#include "source/arrivals.h"

namespace weir {

inline constexpr std::size_t notices_waiting_max = 1'000;
inline constexpr std::size_t arrivals_waiting_max = 10'000;

// A notice, and the way back to who gave it.
struct AskedNotice {
  Notice notice;
  std::function<void(const NoticeAnswer&)> answer;  // from any thread; must not block long
};

void refuse(const AskedNotice& asked, const std::string& why);

struct Mail {
  std::vector<AskedNotice> notices;
  std::vector<Arrival> arrivals;
  bool rescan = false;
  bool committed = false;
  bool corrected = false;
};

// Any thread.
class WatchInbox {
 public:
  explicit WatchInbox(Tasks& tasks) : monitor_(tasks.monitor()) {}

  bool put(AskedNotice notice);  // false: too many wait
  void put(Heard heard);
  void rescan();
  void committed();
  void corrected();
  void poke();  // somebody who waits looks again

  // What there is; waits for some until the deadline.
  Mail take(Nanoseconds monotonic_deadline);

 private:
  const std::unique_ptr<Monitor> monitor_;
  Mail mail_;
  bool poked_ = false;
};

}  // namespace weir
