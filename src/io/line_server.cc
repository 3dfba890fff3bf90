// SPDX-License-Identifier: Apache-2.0
// One task waits in poll for everything: new peers, lines, room for answers, and the wake-up that
// rings when another thread has an answer or the server is to end.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <utility>

#include "io/line_connection.h"
#include "io/line_place.h"
#include "io/line_socket.h"
#include "io/os_error.h"

namespace weir {
namespace {

constexpr std::size_t read_bytes = 64 << 10;  // of one peer, before the others have their turn
constexpr int accepts_at_once_max = 16;
constexpr int accept_pause_ms = 100;  // without a descriptor left, until it is tried again

class PolledLineServer final : public LineServer {
 public:
  struct Parts {
    Tasks& tasks;
    LineServerOptions options;
    LineRequests requests;
    SocketPlace place;
    ListeningSocket listening;
  };
  explicit PolledLineServer(Parts parts) : parts_(std::move(parts)) {}
  ~PolledLineServer() override;

  Result<void> start();

 private:
  using Connection = std::unique_ptr<LineConnection>;

  void run();
  void wait(std::vector<pollfd>& polled);
  void accept_some();
  bool accept_one();
  bool may(std::uint32_t uid) const;
  void dismiss(const Descriptor& socket, std::string_view word) const;

  const Parts parts_;
  const std::shared_ptr<Wakeup> wakeup_ = std::make_shared<Wakeup>();  // replies ring it, too
  std::vector<Connection> connections_;
  std::array<char, read_bytes> room_{};
  bool accepts_ = true;  // false: after a pause
  std::atomic<bool> ending_ = false;
  std::unique_ptr<Task> task_;
};

Result<void> PolledLineServer::start() {
  if (wakeup_->descriptor() < 0) {
    return os_error("listen on", parts_.options.path, EMFILE);
  }
  task_ = parts_.tasks.spawn("lines", [this] { run(); });
  if (!task_->started()) {
    return os_error("listen on", parts_.options.path, EAGAIN);
  }
  return {};
}

PolledLineServer::~PolledLineServer() {
  ending_ = true;
  wakeup_->ring();
  task_.reset();
  for (const Connection& connection : connections_) {  // what was answered just before the end
    connection->send_answers();
  }
  remove_socket(parts_.place, parts_.listening);
}

void PolledLineServer::run() {
  std::vector<pollfd> polled;
  while (!ending_) {
    wait(polled);
    if (ending_) {
      break;
    }
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      connections_[i]->serve(polled[i + 2].revents, room_, parts_.requests);
    }
    std::erase_if(connections_, [](const Connection& connection) { return connection->done(); });
    if (polled[1].revents != 0 || !accepts_) {
      accept_some();
    }
  }
}

// The wake-up, the listening socket, and the connections in their order.
void PolledLineServer::wait(std::vector<pollfd>& polled) {
  polled.clear();
  polled.push_back({.fd = wakeup_->descriptor(), .events = POLLIN, .revents = 0});
  polled.push_back(
      {.fd = accepts_ ? parts_.listening.socket.number() : -1, .events = POLLIN, .revents = 0});
  for (const Connection& connection : connections_) {
    polled.push_back({.fd = connection->socket(), .events = connection->wanted(), .revents = 0});
  }
  if (::poll(polled.data(), polled.size(), accepts_ ? -1 : accept_pause_ms) < 0) {
    for (pollfd& each : polled) {  // interrupted: nothing is known of any
      each.revents = 0;
    }
  }
  wakeup_->taken();
}

// ---- new peers

void PolledLineServer::accept_some() {
  accepts_ = true;
  for (int i = 0; i < accepts_at_once_max && accept_one(); ++i) {
  }
}

bool PolledLineServer::accept_one() {
  Descriptor socket(
      ::accept4(parts_.listening.socket.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (socket.number() < 0) {
    // Out of descriptors or memory: the peer waits on, and poll would say so again and again.
    accepts_ = errno == EAGAIN || errno == EINTR || errno == ECONNABORTED;
    return false;
  }
  ucred who{};
  socklen_t size = sizeof who;
  if (::getsockopt(socket.number(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0 || !may(who.uid)) {
    dismiss(socket, "denied\n");
    return true;
  }
  if (connections_.size() >= parts_.options.connections_max) {
    dismiss(socket, "refused: too many connections\n");
    return true;
  }
  connections_.push_back(std::make_unique<LineConnection>(
      LineConnection::Options{.socket = std::move(socket),
                              .peer = {.uid = who.uid, .pid = who.pid},
                              .line_bytes_max = parts_.options.line_bytes_max,
                              .outbox = {.tasks = parts_.tasks,
                                         .bytes_max = parts_.options.answers_bytes_max,
                                         .wakeup = wakeup_}}));
  return true;
}

bool PolledLineServer::may(std::uint32_t uid) const {
  const auto& uids = parts_.options.uids;
  if (uids.empty()) {
    return uid == 0 || uid == ::geteuid();
  }
  return std::find(uids.begin(), uids.end(), uid) != uids.end();
}

// The word fits into an empty socket; to a peer that went already nothing is owed.
void PolledLineServer::dismiss(const Descriptor& socket, std::string_view word) const {
  static_cast<void>(::send(socket.number(), word.data(), word.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

}  // namespace

Result<std::unique_ptr<LineServer>> serve_lines(Tasks& tasks, const LineServerOptions& options,
                                                LineRequests requests) {
  TRY_ASSIGN(SocketPlace place, socket_place(options.path));
  TRY_ASSIGN(ListeningSocket listening, listen_at(place, options.mode));
  auto server = std::make_unique<PolledLineServer>(
      PolledLineServer::Parts{.tasks = tasks,
                              .options = options,
                              .requests = std::move(requests),
                              .place = std::move(place),
                              .listening = std::move(listening)});
  TRY(server->start());
  return std::unique_ptr<LineServer>(std::move(server));
}

}  // namespace weir
