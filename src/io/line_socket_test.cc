// SPDX-License-Identifier: Apache-2.0
#include "io/line_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "io/line_place.h"
#include "support/child.h"
#include "support/temporary_folder.h"

namespace weir {
namespace {

using testing::passes_as_nobody;
using testing::passes_in_child;
using testing::TemporaryFolder;

constexpr Nanoseconds second = 1'000'000'000;

Nanoseconds in_a_minute() {
  return system_clock().monotonic() + 60 * second;
}

// A peer that says bytes, not lines.
class RawPeer {
 public:
  explicit RawPeer(const SocketPlace& place) : socket_(*connect_to(place)) {
    ::fcntl(socket_.number(), F_SETFL, 0);
  }
  explicit RawPeer(const std::string& path) : RawPeer(*socket_place(path)) {}
  int socket() const { return socket_.number(); }
  bool say(std::string_view bytes) {
    return ::send(socket(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  void say_no_more() { ::shutdown(socket(), SHUT_WR); }
  std::string hear_all() {  // until the other side closes
    std::string all;
    char room[4096];
    for (ssize_t got = 1; got > 0;) {
      got = ::recv(socket(), room, sizeof room, 0);
      all.append(room, got > 0 ? static_cast<std::size_t>(got) : 0);
    }
    return all;
  }

 private:
  const Descriptor socket_;
};

class LineSocket : public ::testing::Test {
 protected:
  std::string path() const { return folder_ / "s"; }

  // Answers "got LINE".
  static void echo(const LinePeer&, std::string_view line,
                   const std::shared_ptr<LineReply>& reply) {
    reply->send("got " + std::string(line));
  }
  void serve(LineServerOptions options, LineRequests requests = echo) {
    options.path = options.path.empty() ? path() : options.path;
    auto server = serve_lines(*tasks_, options, std::move(requests));
    ASSERT_TRUE(server) << server.error().message;
    server_ = *std::move(server);
  }
  Error refusal(const std::string& at) {
    const auto server = serve_lines(*tasks_, {.path = at}, echo);
    EXPECT_FALSE(server);
    return server ? Error{} : server.error();
  }
  std::unique_ptr<LineClient> client() {
    auto connected = connect_lines(system_clock(), path());
    EXPECT_TRUE(connected) << connected.error().message;
    return *std::move(connected);
  }
  static std::string heard(LineClient& client) {
    const auto line = client.receive(in_a_minute());
    return !line ? "error: " + line.error().message : line->value_or("the end");
  }
  static std::string asked(LineClient& client, const std::string& line) {
    EXPECT_TRUE(client.send(line));
    return heard(client);
  }

  const TemporaryFolder folder_;
  const std::unique_ptr<Tasks> tasks_ = thread_tasks();
  std::unique_ptr<LineServer> server_;
};

// ---- lines

TEST_F(LineSocket, ALineIsAskedAndAnsweredAndThePeerIsKnown) {
  std::atomic<std::uint32_t> uid = 77;
  std::atomic<std::int32_t> pid = 0;
  serve({},
        [&](const LinePeer& peer, std::string_view line, const std::shared_ptr<LineReply>& reply) {
          uid = peer.uid;
          pid = peer.pid;
          reply->send("got\n" + std::string(line));
        });
  const auto first = client();
  const auto second_one = client();
  EXPECT_EQ(asked(*first, "one"), "got one");
  EXPECT_EQ(asked(*second_one, ""), "got ");
  EXPECT_EQ(asked(*first, std::string("a\0b\r", 4)), std::string("got a\0b", 7));
  EXPECT_EQ(uid, ::geteuid());
  EXPECT_EQ(pid, ::getpid());
  EXPECT_EQ(first->send("a\nb").error().kind, ErrorKind::invalid);
}

// fault 140 (partial frames)
TEST_F(LineSocket, BytesMayComeInAnyPieces) {
  serve({});
  RawPeer peer(path());
  for (const char byte : std::string("one\ntwo\r\nthr")) {
    EXPECT_TRUE(peer.say({&byte, 1}));
  }
  EXPECT_TRUE(peer.say("ee\nfour\nhalf"));
  peer.say_no_more();
  EXPECT_EQ(peer.hear_all(),
            "got one\ngot two\ngot three\ngot four\nrefused: the last line has no end\n");
}

TEST_F(LineSocket, AnAnswerMayComeLateAndFromAnotherThread) {
  std::mutex mutex;
  std::vector<std::shared_ptr<LineReply>> kept;
  serve({}, [&](const LinePeer&, std::string_view, const std::shared_ptr<LineReply>& reply) {
    reply->send("accepted");
    const std::lock_guard lock(mutex);
    kept.push_back(reply);
  });
  RawPeer peer(path());
  EXPECT_TRUE(peer.say("a\n"));
  peer.say_no_more();
  std::thread later([&] {
    for (bool done = false; !done; std::this_thread::yield()) {
      const std::lock_guard lock(mutex);
      done = !kept.empty();
      if (done) {
        kept.front()->send("counted");
        kept.clear();
      }
    }
  });
  EXPECT_EQ(peer.hear_all(), "accepted\ncounted\n");
  later.join();
}

// fault 16 (a peer that has gone)
TEST_F(LineSocket, AnswersToAPeerThatHasGoneAreDroppedAndItsLinesCount) {
  std::atomic<int> lines = 0;
  std::mutex mutex;
  std::shared_ptr<LineReply> kept;
  serve({}, [&](const LinePeer&, std::string_view, const std::shared_ptr<LineReply>& reply) {
    reply->send("got it");
    const std::lock_guard lock(mutex);
    kept = reply;
    ++lines;
  });
  {
    RawPeer peer(path());
    EXPECT_TRUE(peer.say("a\nb\nc\n"));
  }
  EXPECT_EQ(asked(*client(), "d"), "got it");
  while (lines < 4) {
    std::this_thread::yield();
  }
  for (int i = 0; i < 1000; ++i) {
    kept->send(std::string(10'000, 'x'));
  }
  EXPECT_EQ(asked(*client(), "e"), "got it");
  server_.reset();
  kept->send("too late");
}

// fault 16
TEST_F(LineSocket, WhenTheServerEndsAClientHearsTheEnd) {
  serve({});
  const auto one = client();
  EXPECT_EQ(asked(*one, "a"), "got a");
  server_.reset();
  EXPECT_EQ(heard(*one), "the end");
  const auto sent = one->send("b");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::unavailable);
}

TEST_F(LineSocket, AClientWaitsUntilItsDeadline) {
  serve({}, [](const LinePeer&, std::string_view, const std::shared_ptr<LineReply>&) {});
  const auto one = client();
  EXPECT_TRUE(one->send("a"));
  for (const Nanoseconds deadline : {Nanoseconds{0}, system_clock().monotonic() + second / 50}) {
    const auto none = one->receive(deadline);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(none.error().os_code, ETIMEDOUT);
  }
}

// ---- limits

// fault 140 (a frame of 1 GiB)
TEST_F(LineSocket, ALineThatIsTooLongIsRefusedLongBeforeItsEnd) {
  serve({.line_bytes_max = 100});
  RawPeer peer(path());
  EXPECT_TRUE(peer.say(std::string(100, 'x') + "\n"));
  const std::string chunk(64 << 10, 'y');
  std::size_t said = 0;
  while (said < 1 << 30 && peer.say(chunk)) {
    said += chunk.size();
  }
  EXPECT_LT(said, 16U << 20);
  EXPECT_EQ(peer.hear_all(),
            "got " + std::string(100, 'x') + "\nrefused: a line is longer than 100 bytes\n");
  EXPECT_EQ(asked(*client(), "a"), "got a");
}

// fault 140 (a million messages; scaled: 200,000)
TEST_F(LineSocket, VeryManyLinesAreAnsweredInTheirOrder) {
  serve({});
  constexpr int lines = 200'000;
  RawPeer peer(path());
  std::thread writer([&] {
    std::string bytes;
    for (int i = 0; i < lines; ++i) {
      bytes += std::to_string(i) + "\n";
    }
    EXPECT_TRUE(peer.say(bytes));
    peer.say_no_more();
  });
  const std::string answers = peer.hear_all();
  writer.join();
  std::string expected;
  for (int i = 0; i < lines; ++i) {
    expected += "got " + std::to_string(i) + "\n";
  }
  EXPECT_TRUE(answers == expected);
}

// fault 140 (a peer that asks and does not listen)
TEST_F(LineSocket, APeerThatTakesNoAnswersIsNotListenedToUntilItDoes) {
  std::atomic<std::size_t> lines = 0;
  serve({.answers_bytes_max = 100'000},
        [&](const LinePeer&, std::string_view line, const std::shared_ptr<LineReply>& reply) {
          ++lines;
          reply->send(line);
        });
  RawPeer peer(path());
  ::fcntl(peer.socket(), F_SETFL, O_NONBLOCK);
  const std::string line = std::string(999, 'x') + "\n";
  std::size_t said = 0;
  for (int full = 0; full < 200;) {  // full, and full again after others had their turn
    const std::string_view rest = std::string_view(line).substr(said % line.size());
    const ssize_t put = ::send(peer.socket(), rest.data(), rest.size(), MSG_NOSIGNAL);
    said += put > 0 ? static_cast<std::size_t>(put) : 0;
    full = put > 0 ? 0 : full + 1;
    ASSERT_LT(said, 64U << 20);
    if (put <= 0) {
      EXPECT_EQ(asked(*client(), "a"), "a");
    }
  }
  ::fcntl(peer.socket(), F_SETFL, 0);
  std::thread rest([&] {
    EXPECT_TRUE(peer.say(line.substr(said % line.size())));
    peer.say_no_more();
  });
  EXPECT_EQ(peer.hear_all().size(), (said / line.size() + 1) * line.size());
  rest.join();
}

TEST_F(LineSocket, APeerWithTooManyAnswersIsCutOffAndTheOthersAreNot) {
  serve({.answers_bytes_max = 1000},
        [](const LinePeer&, std::string_view line, const std::shared_ptr<LineReply>& reply) {
          reply->send(std::string(line == "much" ? 1000 : 999, 'x'));
        });
  const auto other = client();
  EXPECT_EQ(asked(*client(), "much"), "the end");
  EXPECT_EQ(asked(*other, "little"), std::string(999, 'x'));
}

TEST_F(LineSocket, OneConnectionTooManyIsRefused) {
  serve({.connections_max = 2});
  auto first = client();
  const auto second_one = client();
  EXPECT_EQ(asked(*first, "a"), "got a");
  EXPECT_EQ(asked(*second_one, "a"), "got a");
  EXPECT_EQ(RawPeer(path()).hear_all(), "refused: too many connections\n");
  first.reset();
  EXPECT_EQ(asked(*second_one, "b"), "got b");
  EXPECT_EQ(asked(*client(), "c"), "got c");
}

// fault 140 (descriptors that come along are not kept)
TEST_F(LineSocket, DescriptorsThatArePassedAreClosed) {
  serve({});
  RawPeer peer(path());
  int ends[2] = {-1, -1};
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  char text[] = "a\n";
  iovec bytes{.iov_base = text, .iov_len = 2};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* const passed = CMSG_FIRSTHDR(&message);
  passed->cmsg_level = SOL_SOCKET;
  passed->cmsg_type = SCM_RIGHTS;
  passed->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(passed), &ends[1], sizeof(int));
  ASSERT_EQ(::sendmsg(peer.socket(), &message, 0), 2);
  ::close(ends[1]);
  peer.say_no_more();
  EXPECT_EQ(peer.hear_all(), "got a\n");
  pollfd writer_gone{.fd = ends[0], .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&writer_gone, 1, 10'000), 1);
  EXPECT_EQ(writer_gone.revents, POLLHUP);
  ::close(ends[0]);
}

// fault 50 (descriptors)
TEST_F(LineSocket, WithoutDescriptorsPeersWaitAndAreServedLater) {
  EXPECT_TRUE(passes_in_child([&] {
    const rlimit few{.rlim_cur = 64, .rlim_max = 64};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    serve({});
    RawPeer waiting(path());
    EXPECT_TRUE(waiting.say("a\n"));
    waiting.say_no_more();
    EXPECT_EQ(waiting.hear_all(), "got a\n");
    const SocketPlace place = *socket_place(path());
    std::vector<int> taken;
    for (int number = 0; number >= 0;) {
      number = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      taken.push_back(number);
    }
    ::close(taken.front());  // one, for this side
    taken.erase(taken.begin());
    RawPeer late(place);
    EXPECT_TRUE(late.say("b\n"));
    late.say_no_more();
    pollfd nothing{.fd = late.socket(), .events = POLLIN, .revents = 0};
    EXPECT_EQ(::poll(&nothing, 1, 20), 0) << "there was a descriptor left";
    for (const int number : taken) {
      ::close(number);
    }
    EXPECT_EQ(late.hear_all(), "got b\n");
  }));
}

// ---- who may

// fault 140 (another user)
TEST_F(LineSocket, WhoMayNotIsTold) {
  serve({.uids = {4'000'000'000}});
  RawPeer peer(path());
  EXPECT_EQ(peer.hear_all(), "denied\n");
  server_.reset();
  if (::geteuid() != 0) {
    GTEST_SKIP() << "only root can be two users";
  }
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
  for (const bool listed : {false, true}) {
    const std::vector<std::uint32_t> both = {::geteuid(), testing::nobody};
    serve({.uids = listed ? both : std::vector<std::uint32_t>(), .mode = 0666});
    EXPECT_TRUE(passes_as_nobody([&] {
      const auto one = client();
      EXPECT_EQ(listed ? asked(*one, "a") : heard(*one), listed ? "got a" : "denied");
    }));
    EXPECT_EQ(asked(*client(), "a"), "got a");
    server_.reset();
  }
}

TEST_F(LineSocket, TheFileHasThePermissionsAskedForWhateverTheUmask) {
  for (const unsigned mode : {0600U, 0660U, 0666U}) {
    const mode_t before = ::umask(mode == 0600 ? 0 : 077);
    serve({.mode = mode});
    ::umask(before);
    struct stat found{};
    ASSERT_EQ(::lstat(path().c_str(), &found), 0);
    EXPECT_TRUE(S_ISSOCK(found.st_mode));
    EXPECT_EQ(found.st_mode & 07777, mode);
    server_.reset();
  }
}

}  // namespace
}  // namespace weir
