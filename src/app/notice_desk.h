// SPDX-License-Identifier: Apache-2.0
// Where a running watch is spoken to: takes lines from its socket, notices to the watch that is on
// duty, command lines to a clerk who carries them out one after another; and answers.
// docs/notices.md is the page for those who tell of files.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/remote_command.h"
#include "base/tasks.h"
#include "flow/watch.h"
#include "io/line_socket.h"

namespace weir {

inline constexpr std::size_t commands_waiting_max = 16;

// Any thread.
class NoticeDesk {
 public:
  using Carry = std::function<CarriedOut(const std::vector<std::string>& arguments)>;
  NoticeDesk(Tasks& tasks, Carry carry);
  ~NoticeDesk();
  NoticeDesk(const NoticeDesk&) = delete;
  NoticeDesk& operator=(const NoticeDesk&) = delete;

  // Once: listens from now on. `conflict`: another one does. `unavailable`: no thread to be had.
  Result<void> open(const std::string& path);
  const std::string& path() const { return path_; }

  // A watch is on duty for a scope; while none is, notices are refused, to be given again.
  class Attended {
   public:
    Attended(NoticeDesk& desk, Watch& watch) : desk_(desk) { desk_.attend(&watch); }
    ~Attended() { desk_.attend(nullptr); }
    Attended(const Attended&) = delete;
    Attended& operator=(const Attended&) = delete;

   private:
    NoticeDesk& desk_;
  };

 private:
  struct Asked {
    std::vector<std::string> arguments;
    std::shared_ptr<LineReply> reply;  // outlives the peer, who may have gone
  };
  void attend(Watch* watch);
  void take(std::string_view line, const std::shared_ptr<LineReply>& reply);
  void take_command(Asked asked);
  void take_notice(std::string_view line, const std::shared_ptr<LineReply>& reply);
  void carry_out_all();

  Tasks& tasks_;
  const Carry carry_;
  const std::unique_ptr<Monitor> monitor_;  // over what follows
  std::string path_;
  Watch* watch_ = nullptr;
  std::deque<Asked> commands_;
  bool closing_ = false;
  std::unique_ptr<Task> clerk_;
  std::unique_ptr<LineServer> server_;  // goes first
};

}  // namespace weir
