// SPDX-License-Identifier: Apache-2.0
#include "flow/watch_inbox.h"

#include <iterator>
#include <utility>

#include "base/text.h"

namespace weir {

void refuse(const AskedNotice& asked, const std::string& why) {
  asked.answer(
      {.outcome = NoticeOutcome::refused, .path = asked.notice.path, .reason = escaped(why)});
}

bool WatchInbox::put(AskedNotice notice) {
  const Held held(*monitor_);
  if (mail_.notices.size() >= notices_waiting_max) {
    return false;
  }
  mail_.notices.push_back(std::move(notice));
  poked_ = true;
  monitor_->notify_all();
  return true;
}

void WatchInbox::put(Heard heard) {
  const Held held(*monitor_);
  const bool room = mail_.arrivals.size() + heard.files.size() <= arrivals_waiting_max;
  mail_.rescan = mail_.rescan || heard.rescan || !room;
  if (room) {
    mail_.arrivals.insert(mail_.arrivals.end(), std::make_move_iterator(heard.files.begin()),
                          std::make_move_iterator(heard.files.end()));
  }
  poked_ = true;
  monitor_->notify_all();
}

void WatchInbox::rescan() {
  const Held held(*monitor_);
  mail_.rescan = true;
  poked_ = true;
  monitor_->notify_all();
}

void WatchInbox::committed() {
  const Held held(*monitor_);
  mail_.committed = true;
  poked_ = true;
  monitor_->notify_all();
}

void WatchInbox::corrected() {
  const Held held(*monitor_);
  mail_.corrected = true;
  poked_ = true;
  monitor_->notify_all();
}

void WatchInbox::poke() {
  const Held held(*monitor_);
  poked_ = true;
  monitor_->notify_all();
}

Mail WatchInbox::take(Nanoseconds monotonic_deadline) {
  const Held held(*monitor_);
  if (!poked_) {
    monitor_->wait_until(monotonic_deadline);
  }
  poked_ = false;
  return std::exchange(mail_, {});
}

}  // namespace weir
