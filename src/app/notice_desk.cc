// SPDX-License-Identifier: Apache-2.0
#include "app/notice_desk.h"

#include <utility>

#include "app/exit_code.h"
#include "app/live_status.h"
#include "base/text.h"
#include "flow/workers.h"
#include "model/notice.h"

namespace weir {
namespace {

void send(LineReply& reply, const NoticeAnswer& answer, bool json) {
  reply.send(json ? to_json_line(answer) : to_text_line(answer));
}

NoticeAnswer refused(const Notice& notice, std::string why) {
  return {.outcome = NoticeOutcome::refused, .path = notice.path, .reason = std::move(why)};
}

}  // namespace

NoticeDesk::NoticeDesk(Tasks& tasks, Carry carry)
    : tasks_(tasks), carry_(std::move(carry)), monitor_(tasks.monitor()) {}

NoticeDesk::~NoticeDesk() {
  server_.reset();
  {
    const Held held(*monitor_);
    closing_ = true;
    monitor_->notify_all();
  }
  if (clerk_ != nullptr) {
    clerk_->join();
  }
}

Result<void> NoticeDesk::open(const std::string& path) {
  path_ = path;
  clerk_ = tasks_.spawn("clerk", [this] { carry_out_all(); });
  if (!clerk_->started()) {
    closing_ = true;  // it runs when it is joined, and finds nothing to do
    return no_threads();
  }
  TRY_ASSIGN(server_,
             serve_lines(tasks_, {.path = path},
                         [this](const LinePeer&, std::string_view line,
                                const std::shared_ptr<LineReply>& reply) { take(line, reply); }));
  return {};
}

void NoticeDesk::attend(Watch* watch) {
  const Held held(*monitor_);
  watch_ = watch;
}

void NoticeDesk::take(std::string_view line, const std::shared_ptr<LineReply>& reply) {
  if (asks_for_status(line)) {
    const Held held(*monitor_);
    reply->send(status_line(watch_ == nullptr ? WatchStatus() : watch_->status()));
  } else if (auto arguments = asked_arguments(line)) {
    take_command({.arguments = *std::move(arguments), .reply = reply});
  } else {
    take_notice(line, reply);
  }
}

void NoticeDesk::take_command(Asked asked) {
  const Held held(*monitor_);
  if (commands_.size() >= commands_waiting_max) {
    asked.reply->send(answer_line({.exit = exit_try_later,
                                   .output = "",
                                   .talk = "too many commands wait; try again later\n"}));
    return;
  }
  commands_.push_back(std::move(asked));
  monitor_->notify_all();
}

void NoticeDesk::take_notice(std::string_view line, const std::shared_ptr<LineReply>& reply) {
  auto notice = notice_from(line);
  if (!notice) {
    send(*reply, refused({}, notice.error().message), line.starts_with('{'));
    return;
  }
  const bool json = notice->json;
  const auto answer = [reply, json](const NoticeAnswer& given) { send(*reply, given, json); };
  const Held held(*monitor_);
  if (watch_ == nullptr) {
    answer(refused(*notice, "weir is starting or reading its settings again; try again"));
  } else if (!watch_->notice({.notice = *notice, .answer = answer})) {
    answer(refused(*notice, "too many notices wait; try again"));
  }
}

void NoticeDesk::carry_out_all() {
  for (;;) {
    Asked asked;
    {
      const Held held(*monitor_);
      while (commands_.empty() && !closing_) {
        monitor_->wait();
      }
      if (closing_) {
        return;
      }
      asked = std::move(commands_.front());
      commands_.pop_front();
    }
    const CarriedOut done = carry_(asked.arguments);
    {
      const Held held(*monitor_);
      if (watch_ != nullptr) {
        watch_->corrected();
      }
    }
    asked.reply->send(answer_line(done));
  }
}

}  // namespace weir
