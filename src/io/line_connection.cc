// SPDX-License-Identifier: Apache-2.0
#include "io/line_connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace weir {
namespace {

class OutboxReply final : public LineReply {
 public:
  explicit OutboxReply(std::shared_ptr<LineOutbox> outbox) : outbox_(std::move(outbox)) {}
  ~OutboxReply() override { outbox_->ring(); }  // the server may have waited for this
  void send(std::string_view line) override { outbox_->put(line); }

 private:
  const std::shared_ptr<LineOutbox> outbox_;
};

}  // namespace

// ---- the outbox

void LineOutbox::put(std::string_view line) {
  {
    const Held held(*monitor_);
    if (closed_ || state_.overflowed) {
      return;
    }
    if (state_.unsent + line.size() + 1 > options_.bytes_max) {
      state_.overflowed = true;
    } else {
      waiting_.append(line).push_back('\n');
      std::replace(waiting_.end() - static_cast<std::ptrdiff_t>(line.size()) - 1,
                   waiting_.end() - 1, '\n', ' ');
      state_.unsent += line.size() + 1;
    }
  }
  ring();
}

void LineOutbox::close() {
  const Held held(*monitor_);
  closed_ = true;
  waiting_ = std::string();
  state_.unsent = 0;
}

LineOutbox::State LineOutbox::state() {
  const Held held(*monitor_);
  return state_;
}

bool LineOutbox::send_some(int socket) {
  if (sent_ == sending_.size()) {
    const Held held(*monitor_);
    sending_ = std::exchange(waiting_, std::string());
    sent_ = 0;
  }
  if (sending_.empty()) {
    return true;
  }
  const ssize_t put =
      ::send(socket, sending_.data() + sent_, sending_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (put < 0) {
    return errno == EAGAIN || errno == EINTR;
  }
  sent_ += static_cast<std::size_t>(put);
  const Held held(*monitor_);
  state_.unsent -= std::min(state_.unsent, static_cast<std::size_t>(put));
  return true;
}

// ---- the connection

LineConnection::LineConnection(Options options)
    : options_(std::move(options)),
      outbox_(std::make_shared<LineOutbox>(options_.outbox)),
      frames_(options_.line_bytes_max),
      reply_(std::make_shared<OutboxReply>(outbox_)),
      replies_(reply_) {}

// A peer that does not take its answers is not listened to.
bool LineConnection::may_ask() {
  return reply_ != nullptr && outbox_->state().unsent < options_.outbox.bytes_max / 2;
}

short LineConnection::wanted() {
  const bool answers = outbox_->state().unsent > 0;
  return static_cast<short>((may_ask() ? POLLIN : 0) | (answers ? POLLOUT : 0));
}

void LineConnection::serve(short told, std::span<char> room, const LineRequests& requests) {
  if ((told & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
    outbox_->close();  // nobody reads answers any more; what was asked before still counts
    gone_ = reply_ == nullptr;
  }
  take_lines(requests);  // those that had to wait
  if (told != 0 && told != POLLOUT && may_ask()) {
    read_some(room);
    take_lines(requests);
  }
  gone_ = gone_ || outbox_->state().overflowed;
  send_answers();
}

void LineConnection::send_answers() {
  if (!gone_ && outbox_->state().unsent > 0 && !outbox_->send_some(socket())) {
    outbox_->close();
    gone_ = reply_ == nullptr;
  }
}

// Descriptors that come along are closed by the kernel, since there is no room for them.
void LineConnection::read_some(std::span<char> room) {
  const ssize_t got = ::recv(socket(), room.data(), room.size(), 0);
  if (got > 0) {
    frames_.feed({room.data(), static_cast<std::size_t>(got)});
  } else if (got == 0) {
    hear_no_more(frames_.begun() ? "refused: the last line has no end" : "");
  } else if (errno != EAGAIN && errno != EINTR) {
    hear_no_more("");
    gone_ = true;
  }
}

void LineConnection::take_lines(const LineRequests& requests) {
  while (may_ask()) {
    const auto line = frames_.next();
    if (!line) {
      break;
    }
    requests(options_.peer, *line, reply_);
  }
  if (frames_.too_long() && reply_) {
    hear_no_more("refused: a line is longer than " + std::to_string(options_.line_bytes_max) +
                 " bytes");
    cut_off_ = true;
  }
}

void LineConnection::hear_no_more(const std::string& last_word) {
  if (!last_word.empty()) {
    outbox_->put(last_word);
  }
  reply_.reset();
}

bool LineConnection::done() {
  if (gone_) {
    return true;
  }
  const bool silent = reply_ == nullptr && (cut_off_ || replies_.expired());
  return silent && outbox_->state().unsent == 0;
}

}  // namespace weir
