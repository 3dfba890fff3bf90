// SPDX-License-Identifier: Apache-2.0
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <utility>

#include "base/text.h"
#include "io/line_frames.h"
#include "io/line_place.h"
#include "io/line_socket.h"
#include "io/os_error.h"

namespace weir {
namespace {

constexpr Nanoseconds second = 1'000'000'000;
constexpr std::size_t read_bytes = 16 << 10;

class SocketLineClient final : public LineClient {
 public:
  SocketLineClient(Clock& clock, Descriptor socket, std::string path)
      : clock_(clock), socket_(std::move(socket)), path_(std::move(path)) {}

  Result<void> send(std::string_view line) override {
    if (line.find('\n') != std::string_view::npos) {
      return Error{.kind = ErrorKind::invalid, .message = "a line to send holds a line end"};
    }
    const std::string bytes = std::string(line) + "\n";
    const Nanoseconds deadline = clock_.monotonic() + line_send_wait_max;
    for (std::size_t sent = 0; sent < bytes.size();) {
      const ssize_t put =
          ::send(socket_.number(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (put >= 0) {
        sent += static_cast<std::size_t>(put);
      } else if (errno == EAGAIN) {
        TRY(wait_for(POLLOUT, "send to", deadline));
      } else if (errno != EINTR) {
        return os_error("send to", path_, errno == EPIPE ? ECONNRESET : errno);
      }
    }
    return {};
  }

  Result<std::optional<std::string>> receive(Nanoseconds monotonic_deadline) override {
    for (;;) {
      if (const auto line = frames_.next()) {
        return std::optional<std::string>(*line);
      }
      if (frames_.too_long()) {
        return os_error("receive from", path_, EMSGSIZE);
      }
      std::array<char, read_bytes> room{};
      const ssize_t got = ::recv(socket_.number(), room.data(), room.size(), 0);
      if (got > 0) {
        frames_.feed({room.data(), static_cast<std::size_t>(got)});
      } else if (got == 0 || errno == ECONNRESET) {  // the latter: it left our lines unread
        return std::optional<std::string>();
      } else if (errno == EAGAIN) {
        TRY(wait_for(POLLIN, "receive from", monotonic_deadline));
      } else if (errno != EINTR) {
        return os_error("receive from", path_, errno);
      }
    }
  }

 private:
  Result<void> wait_for(short events, std::string_view verb, Nanoseconds deadline) {
    const Nanoseconds left = std::max<Nanoseconds>(deadline - clock_.monotonic(), 0);
    const timespec time{.tv_sec = left / second, .tv_nsec = left % second};
    pollfd waiting{.fd = socket_.number(), .events = events, .revents = 0};
    if (::ppoll(&waiting, 1, &time, nullptr) == 0) {
      return os_error(verb, path_, ETIMEDOUT);
    }
    return {};  // or interrupted: whoever waits tries again
  }

  Clock& clock_;
  const Descriptor socket_;
  const std::string path_;
  LineFrames frames_{line_answer_bytes_max};
};

}  // namespace

Result<std::unique_ptr<LineClient>> connect_lines(Clock& clock, const std::string& path) {
  TRY_ASSIGN(const SocketPlace place, socket_place(path));
  TRY_ASSIGN(Descriptor socket, connect_to(place));
  return std::unique_ptr<LineClient>(
      std::make_unique<SocketLineClient>(clock, std::move(socket), path));
}

}  // namespace weir
