// SPDX-License-Identifier: Apache-2.0
// A Unix-domain stream socket on which lines are asked and answered. What the lines mean is not its
// affair. Bytes come in any pieces; a line ends with "\n" (or "\r\n") and holds any other byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/tasks.h"

namespace weir {

// Who connected, as the kernel knows it.
struct LinePeer {
  std::uint32_t uid = 0;
  std::int32_t pid = 0;
};

// Where answers to one peer go. Any thread. Kept for as long as answers may come: a connection
// whose peer asks nothing more stays until nobody keeps it.
class LineReply {
 public:
  virtual ~LineReply() = default;
  // Never waits. A line end within the line becomes a space. To a peer that has gone: dropped.
  virtual void send(std::string_view line) = 0;
};

// Called by the server's one task, a line at a time, for all connections: must not block for long.
using LineRequests =
    std::function<void(const LinePeer&, std::string_view line, const std::shared_ptr<LineReply>&)>;

struct LineServerOptions {
  std::string path;
  std::size_t line_bytes_max = 64 << 10;    // a longer one: "refused: …", and the end
  std::size_t connections_max = 256;        // one more: "refused: …", and the end
  std::size_t answers_bytes_max = 1 << 20;  // not yet taken by a peer; beyond, it is cut off. From
                                            // the half on, it is not listened to
  std::vector<std::uint32_t> uids{};        // who may; none: our own, and root. Others: "denied"
  std::uint32_t mode = 0660;                // of the socket file
};

// Its destructor ends all connections, and removes the socket file if it still is its own.
class LineServer {
 public:
  virtual ~LineServer() = default;
};

// A socket file that nobody listens on any more is replaced. `conflict`: somebody does. `invalid`:
// the path is there and is no socket (it is left alone), or cannot be one. Borrows the tasks.
Result<std::unique_ptr<LineServer>> serve_lines(Tasks& tasks, const LineServerOptions& options,
                                                LineRequests requests);

inline constexpr Nanoseconds line_send_wait_max = 30'000'000'000;  // until the other side takes it
inline constexpr std::size_t line_answer_bytes_max = 1 << 20;      // of a line that is received

// One thread.
class LineClient {
 public:
  virtual ~LineClient() = default;
  // `invalid`: it holds a line end. `unavailable`: the other side is gone, or takes nothing more
  // (it may wait for its answers to be received).
  virtual Result<void> send(std::string_view line) = 0;
  // Nothing: the other side closed. `unavailable` with ETIMEDOUT: the deadline passed.
  virtual Result<std::optional<std::string>> receive(Nanoseconds monotonic_deadline) = 0;
};

// `unavailable` with ECONNREFUSED: nobody listens there now. `invalid` with ENOENT: there is no
// such file. Borrows the clock.
Result<std::unique_ptr<LineClient>> connect_lines(Clock& clock, const std::string& path);

}  // namespace weir
