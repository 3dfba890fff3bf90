// SPDX-License-Identifier: Apache-2.0
// Redis as it is on a bad day, played by a few lines. The contract, with a real one:
// tests/conformance/lease_test.cc.
#include "lease/redis.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <mutex>
#include <thread>

#include "base/check.h"
#include "lease/redis_place.h"
#include "support/manual_clock.h"

namespace weir::testing {
namespace {

constexpr Nanoseconds second = 1'000'000'000;

// Answers each command by its first word: AUTH and SELECT with +OK, EVAL as the test says.
class FakeRedis {
 public:
  FakeRedis() {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    CHECK(::bind(listener_, plain, size) == 0 && ::listen(listener_, 16) == 0);
    CHECK(::getsockname(listener_, plain, &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  ~FakeRedis() {
    thread_.request_stop();
    thread_.join();
    ::close(listener_);
  }

  int port() const { return port_; }
  int asked() const { return asked_; }
  int connections() const { return connections_; }
  void answer(const std::string& bytes) { set(bytes, false); }
  void answer_and_close(const std::string& bytes) { set(bytes, true); }
  // A byte of it every few milliseconds, without end.
  void trickle() { trickles_ = true; }
  std::string heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }

 private:
  void set(const std::string& bytes, bool closes) {
    const std::lock_guard lock(mutex_);
    answer_ = bytes;
    closes_ = closes;
  }

  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd waiting{.fd = listener_, .events = POLLIN, .revents = 0};
      if (::poll(&waiting, 1, 5) == 1) {
        const int peer = ::accept(listener_, nullptr, nullptr);
        ++connections_;
        talk(stop, peer);
        ::close(peer);
      }
    }
  }

  // Until the peer leaves or the answer ends the conversation.
  void talk(const std::stop_token& stop, int peer) {
    std::string unread;
    while (!stop.stop_requested()) {
      pollfd waiting{.fd = peer, .events = POLLIN, .revents = 0};
      if (::poll(&waiting, 1, 5) != 1) {
        trickle_to(peer);
        continue;
      }
      std::array<char, 65536> buffer;  // NOLINT: filled by recv
      const ssize_t came = ::recv(peer, buffer.data(), buffer.size(), 0);
      if (came <= 0) {
        return;
      }
      const std::lock_guard lock(mutex_);
      unread.append(buffer.data(), static_cast<std::size_t>(came));
      heard_.append(buffer.data(), static_cast<std::size_t>(came));
      if (!answer_all(peer, unread)) {
        return;
      }
    }
  }

  bool answer_all(int peer, std::string& unread) {
    while (true) {
      const auto hello = std::min(unread.find("SELECT"), unread.find("AUTH"));
      const auto script = unread.find("EVAL");
      if (hello == std::string::npos && script == std::string::npos) {
        return true;
      }
      unread.erase(0, std::min(hello, script) + 4);
      asked_ += script < hello;
      const std::string bytes = hello < script ? "+OK\r\n" : answer_;
      ::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (script < hello && closes_) {
        return false;
      }
    }
  }

  void trickle_to(int peer) const {
    if (trickles_ && asked_ > 0) {
      ::send(peer, "+", 1, MSG_NOSIGNAL);
    }
  }

  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> asked_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> trickles_ = false;
  std::mutex mutex_;
  std::string answer_ = ":1\r\n";
  std::string heard_;
  bool closes_ = false;
  std::jthread thread_;
};

class Redis : public ::testing::Test {
 protected:
  // Long enough for a busy machine where an answer comes; short where none will.
  void open(Clock& clock, const std::string& login = "", int call_ms_max = 60'000) {
    auto opened = open_redis_leases(
        {.url = "redis://" + login + "127.0.0.1:" + std::to_string(fake_.port()) + "/3",
         .holder = {.flow = "usage", .worker = "w", .token = std::string(32, 'a')},
         .limits = {.call_ms_max = call_ms_max,
                    .connect_ms_max = 60'000,
                    .pause_ms_min = 100,
                    .pause_ms_max = 1'000}},
        clock, *random_, *tasks_);
    CHECK(opened);
    leases_ = *std::move(opened);
  }
  Result<std::vector<LeaseAnswer>> take() {
    const LeaseName name = {.kind = "unit", .name = "1"};
    return leases_->take({&name, 1}, second);
  }
  FakeRedis& fake() { return fake_; }

 private:
  FakeRedis fake_;
  const std::unique_ptr<Random> random_ = seeded_random(3);
  const std::unique_ptr<Tasks> tasks_ = thread_tasks();
  std::unique_ptr<Leases> leases_;
};

TEST_F(Redis, AConnectionBeginsWithTheLoginAndTheDatabase) {
  open(system_clock(), "me:pass%3Aword@");
  ASSERT_TRUE(take());
  EXPECT_TRUE(fake().heard().starts_with(
      "*3\r\n$4\r\nAUTH\r\n$2\r\nme\r\n$9\r\npass:word\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n"))
      << fake().heard();
}

// faults 81, 82 (the leases alone)
TEST_F(Redis, WhatPassesByItselfIsUnavailable) {
  for (const std::string text :
       {"OOM command not allowed when used memory > 'maxmemory'.", "LOADING Redis is loading",
        "READONLY You can't write against a read only replica.", "BUSY Redis is busy",
        "MASTERDOWN Link with MASTER is down", "CLUSTERDOWN Hash slot not served",
        "TRYAGAIN Multiple keys", "ERR max number of clients reached",
        "ERR Error running script (call to f_1): @user_script:2: -READONLY x", "NEW error"}) {
    open(system_clock());
    fake().answer("-" + text + "\r\n");
    const auto taken = take();
    ASSERT_FALSE(taken) << text;
    EXPECT_EQ(taken.error().kind, ErrorKind::unavailable) << text;
    EXPECT_NE(taken.error().message.find(text), std::string::npos) << taken.error().message;
  }
}

// fault 82 (the leases alone)
TEST_F(Redis, WhatAPersonMustChangeIsInvalid) {
  for (const std::string text :
       {"MOVED 3999 127.0.0.1:6381", "ASK 3999 127.0.0.1:6381", "NOAUTH Authentication required.",
        "WRONGPASS invalid username-password pair", "NOPERM this user has no permissions",
        "DENIED Redis is running in protected mode", "ERR unknown command 'EVAL'"}) {
    open(system_clock(), ":secret@");
    fake().answer("-" + text + "\r\n");
    const auto taken = take();
    ASSERT_FALSE(taken) << text;
    EXPECT_EQ(taken.error().kind, ErrorKind::invalid) << text;
    EXPECT_NE(taken.error().message.find(text), std::string::npos) << taken.error().message;
    EXPECT_EQ(taken.error().message.find("secret"), std::string::npos);
  }
}

// fault 82 (the leases alone)
TEST_F(Redis, AServerThatDoesNotAnswerCostsALimitedTime) {
  open(system_clock(), "", 100);
  fake().answer("");
  const auto taken = take();
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().kind, ErrorKind::unavailable);
  EXPECT_NE(taken.error().message.find("no answer in time"), std::string::npos);
}

// fault 82 (the leases alone)
TEST_F(Redis, AnAnswerThatNeverEndsCostsALimitedTime) {
  open(system_clock(), "", 300);
  fake().answer("");
  fake().trickle();
  const auto taken = take();
  ASSERT_FALSE(taken);
  EXPECT_NE(taken.error().message.find("no answer in time"), std::string::npos);
}

TEST_F(Redis, WhatIsNoRedisIsUnavailable) {
  for (const std::string bytes :
       {"HTTP/1.1 400 Bad Request\r\n\r\n", "$5\r\nhello\r\n", "*1\r\n:1\r\n", "$-1\r\n"}) {
    open(system_clock());
    fake().answer(bytes);
    const auto taken = take();
    ASSERT_FALSE(taken) << bytes;
    EXPECT_EQ(taken.error().kind, ErrorKind::unavailable) << bytes;
  }
}

TEST_F(Redis, AnAnswerWithoutBoundIsNotKept) {
  open(system_clock());
  fake().answer("$99999999\r\n" + std::string(17 << 20, 'x'));
  const auto taken = take();
  ASSERT_FALSE(taken);
  EXPECT_NE(taken.error().message.find("longer than"), std::string::npos) << taken.error().message;
}

// fault 77 (the leases alone)
TEST_F(Redis, AfterAFailureNobodyIsAskedForAWhileThatDoublesUpToALimit) {
  ManualClock clock;
  open(clock);
  fake().answer("-LOADING\r\n");
  EXPECT_FALSE(take());
  for (const Nanoseconds pause_ms : {100, 200, 400, 800, 1000, 1000}) {
    const int before = fake().asked();
    clock.set(clock.monotonic() + pause_ms * 1'000'000 / 2 - 1);
    const auto early = take();
    ASSERT_FALSE(early);
    EXPECT_NE(early.error().message.find("not asked again yet"), std::string::npos);
    EXPECT_NE(early.error().message.find("LOADING"), std::string::npos);
    EXPECT_EQ(fake().asked(), before) << pause_ms;
    clock.set(clock.monotonic() + pause_ms * 1'000'000 / 2 + 1);
    EXPECT_FALSE(take());
    EXPECT_EQ(fake().asked(), before + 1) << pause_ms;
  }
  fake().answer(":1\r\n");
  clock.set(clock.monotonic() + second);
  EXPECT_TRUE(take());
  EXPECT_TRUE(take());
}

// fault 77 (the leases alone)
TEST_F(Redis, AConnectionThatWasClosedMeanwhileIsReplacedAtOnce) {
  open(system_clock());
  fake().answer_and_close(":1\r\n");
  for (int i = 1; i <= 3; ++i) {
    const auto taken = take();
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_EQ(fake().connections(), i);
  }
}

// fault 77 (the leases alone)
TEST(RedisAbsent, AServerThatIsNotThereIsUnavailableAndNamed) {
  const auto tasks = thread_tasks();
  int port = 0;
  {
    const FakeRedis gone;
    port = gone.port();
  }
  const auto leases =
      open_redis_leases({.url = "redis://:secret@127.0.0.1:" + std::to_string(port),
                         .holder = {.flow = "usage", .worker = "w", .token = std::string(32, 'a')}},
                        system_clock(), system_random(), *tasks);
  ASSERT_TRUE(leases);
  const auto listing = (*leases)->list(1);
  ASSERT_FALSE(listing);
  EXPECT_EQ(listing.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(listing.error().message.starts_with("redis 127.0.0.1:" + std::to_string(port)));
  EXPECT_EQ(listing.error().message.find("secret"), std::string::npos);
}

TEST(RedisUrl, SaysWhereTheServerIs) {
  const auto place = redis_place("redis://me:p%40s%2Fs@cache.example:6380/2");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->host, "cache.example");
  EXPECT_EQ(place->port, 6380);
  EXPECT_EQ(place->database, 2);
  EXPECT_EQ(place->user, "me");
  EXPECT_EQ(place->password, "p@s/s");
  EXPECT_EQ(place->shown(), "redis cache.example:6380");
  const auto plain = redis_place("redis://127.0.0.1");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->port, 6379);
  EXPECT_TRUE(plain->database == 0 && plain->user.empty() && plain->password.empty());
  const auto six = redis_place("redis://:p@[::1]:7/");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->shown(), "redis [::1]:7");
}

TEST(RedisUrl, ThatIsWrongIsRefusedWithoutShowingThePassword) {
  for (const char* url :
       {"redis:127.0.0.1", "rediss://h", "redis://", "redis://:6379", "redis://h:0", "redis://h:x",
        "redis://h:70000", "redis://h/x", "redis://h/-1", "redis://secret@h", "redis://:@h",
        "redis://u:secret%2@h", "redis://u:secret%zz@h", "redis://[::1", "redis://[::1]x",
        "http://u:secret@h"}) {
    const auto place = redis_place(url);
    ASSERT_FALSE(place) << url;
    EXPECT_EQ(place.error().kind, ErrorKind::invalid);
    EXPECT_EQ(place.error().message.find("secret"), std::string::npos) << place.error().message;
  }
}

TEST(RedisKeys, AreReadableAndReadBack) {
  const RedisKeys keys("weir", "usage eu");
  EXPECT_EQ(keys.key({.kind = "unit", .name = "12.3"}), "weir:usage%20eu:unit:12.3");
  for (int byte = 0; byte < 256; ++byte) {
    const LeaseName name = {.kind = "k", .name = {static_cast<char>(byte), 'a'}};
    EXPECT_EQ(keys.name(keys.key(name)), name);
  }
  for (const char* key : {"weir:usage:unit:1", "weir:usage%20eu:unit", "weir:usage%20eu:u:%",
                          "weir:usage%20eu:u:%4", "weir:usage%20eu:u:%-4"}) {
    EXPECT_FALSE(keys.name(key)) << key;
  }
}

}  // namespace
}  // namespace weir::testing
