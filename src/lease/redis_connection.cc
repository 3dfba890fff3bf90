// SPDX-License-Identifier: Apache-2.0
// hiredis connects, writes commands and reads answers; sending and receiving is done here, for its
// own time-out begins anew with every byte that comes, and its writes raise SIGPIPE.
#include "lease/redis_connection.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace weir {
namespace {

constexpr Nanoseconds nanoseconds_a_ms = 1'000'000;
constexpr std::size_t read_bytes = 16 << 10;

Error broken(const std::string& what) {
  return {.kind = ErrorKind::unavailable, .message = what};
}
Error broken_by_errno(const char* what) {
  const int code = errno;  // as a call of the system left it
  return {.kind = ErrorKind::unavailable,
          .message = std::string(what) + ": " + std::strerror(code),
          .os_code = code};
}

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
struct FreeReply {
  void operator()(void* reply) const { freeReplyObject(reply); }
};

RedisAnswer answer_from(const redisReply& reply) {
  using Kind = RedisAnswer::Kind;
  const std::string_view text(reply.str == nullptr ? "" : reply.str,
                              reply.str == nullptr ? 0 : reply.len);
  switch (reply.type) {
    case REDIS_REPLY_INTEGER:
      return {.kind = Kind::number, .number = reply.integer};
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      return {.kind = Kind::text, .text = std::string(text)};
    case REDIS_REPLY_ERROR:
      return {.kind = Kind::refusal, .text = std::string(text)};
    case REDIS_REPLY_ARRAY: {
      RedisAnswer answer{.kind = Kind::list};
      for (std::size_t i = 0; i < reply.elements; ++i) {
        answer.list.push_back(answer_from(*reply.element[i]));  // hiredis nests nine deep at most
      }
      return answer;
    }
    default:
      return {};
  }
}

std::string wire_form(std::span<const RedisCommand> commands) {
  std::string bytes;
  for (const RedisCommand& command : commands) {
    bytes += "*" + std::to_string(command.size()) + "\r\n";
    for (const std::string& word : command) {
      bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
    }
  }
  return bytes;
}

class HiredisConnection final : public RedisConnection {
 public:
  HiredisConnection(std::unique_ptr<redisContext, FreeContext> context, Clock& clock)
      : context_(std::move(context)), clock_(clock) {}

  Result<std::vector<RedisAnswer>> ask(std::span<const RedisCommand> commands,
                                       Nanoseconds deadline) override {
    deadline_ = deadline;
    received_ = 0;
    TRY(send(wire_form(commands)));
    std::vector<RedisAnswer> answers;
    while (answers.size() < commands.size()) {
      TRY_ASSIGN(RedisAnswer answer, next_answer());
      answers.push_back(std::move(answer));
    }
    return answers;
  }

 private:
  // `unavailable`: the time is over.
  Result<void> wait_for(short event) {
    const Nanoseconds left = deadline_ - clock_.monotonic();
    const auto ms_left = static_cast<int>(std::max<Nanoseconds>(left, 0) / nanoseconds_a_ms);
    pollfd waiting{.fd = context_->fd, .events = event, .revents = 0};
    const int ready = ::poll(&waiting, 1, ms_left);
    if (ready < 0 && errno != EINTR) {
      return broken_by_errno("wait");
    }
    if (ready == 0) {
      errno = ETIMEDOUT;
      return broken_by_errno("no answer in time");
    }
    return {};
  }

  Result<void> send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent =
          ::send(context_->fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno == EAGAIN) {
        TRY(wait_for(POLLOUT));
      } else if (errno != EINTR) {
        return broken_by_errno("send");
      }
    }
    return {};
  }

  Result<RedisAnswer> next_answer() {
    while (true) {
      void* reply = nullptr;
      if (redisReaderGetReply(context_->reader, &reply) != REDIS_OK) {
        return broken("no answer of a Redis: " + escaped(context_->reader->errstr));
      }
      if (reply != nullptr) {
        const std::unique_ptr<void, FreeReply> owned(reply);
        return answer_from(*static_cast<redisReply*>(reply));
      }
      TRY(receive());
    }
  }

  Result<void> receive() {
    TRY(wait_for(POLLIN));
    std::array<char, read_bytes> buffer;  // NOLINT: filled by recv
    const ssize_t came = ::recv(context_->fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (came == 0) {
      return broken("the server closed the connection");
    }
    if (came < 0) {
      return errno == EAGAIN || errno == EINTR ? Result<void>() : broken_by_errno("receive");
    }
    received_ += static_cast<std::size_t>(came);
    if (received_ > redis_answer_bytes_max) {
      return broken("the answer is longer than " + bytes_text(redis_answer_bytes_max));
    }
    if (redisReaderFeed(context_->reader, buffer.data(), static_cast<std::size_t>(came)) !=
        REDIS_OK) {
      return broken("no memory for an answer");
    }
    return {};
  }

  const std::unique_ptr<redisContext, FreeContext> context_;
  Clock& clock_;
  Nanoseconds deadline_ = 0;
  std::size_t received_ = 0;
};

}  // namespace

Result<std::unique_ptr<RedisConnection>> connect_redis(const RedisPlace& place, int ms_max,
                                                       Clock& clock) {
  CHECK(ms_max > 0);
  const timeval limit{.tv_sec = ms_max / 1000, .tv_usec = ms_max % 1000 * 1000};
  std::unique_ptr<redisContext, FreeContext> context(
      redisConnectWithTimeout(place.host.c_str(), place.port, limit));
  if (!context) {
    return broken("no memory for a connection");
  }
  if (context->err != 0) {
    return broken("connect: " + escaped(context->errstr));
  }
  return std::unique_ptr<RedisConnection>(
      std::make_unique<HiredisConnection>(std::move(context), clock));
}

}  // namespace weir
