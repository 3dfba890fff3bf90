// SPDX-License-Identifier: Apache-2.0
#include "app/service_notice.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>

#include "io/disk.h"
#include "support/bytes_file.h"
#include "support/manual_clock.h"
#include "support/temporary_folder.h"

namespace weir {
namespace {

// The other side: a datagram socket under a path, or under "@name".
class Listener {
 public:
  explicit Listener(std::string address)
      : address_(std::move(address)), descriptor_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un name = {};
    name.sun_family = AF_UNIX;
    address_.copy(name.sun_path, sizeof name.sun_path - 1);
    if (address_.front() == '@') {
      name.sun_path[0] = '\0';
    }
    const auto length = offsetof(sockaddr_un, sun_path) + address_.size();
    EXPECT_EQ(bind(descriptor_, reinterpret_cast<sockaddr*>(&name), static_cast<socklen_t>(length)),
              0);
  }
  ~Listener() { close(descriptor_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  const std::string& address() const { return address_; }
  // The next message; empty: there is none.
  std::string next() const {
    std::string message(4096, '\0');
    const ssize_t bytes = recv(descriptor_, message.data(), message.size(), MSG_DONTWAIT);
    message.resize(bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
    return message;
  }

 private:
  const std::string address_;
  const int descriptor_;
};

class Nowhere final : public ByteWriter {
 public:
  Result<void> write(std::string_view) override { return {}; }
};

class ServiceNoticeTest : public ::testing::Test {
 protected:
  ServiceNotice notice(std::map<std::string, std::string> environment) {
    system_.environment = std::move(environment);
    return ServiceNotice(system_);
  }

  testing::TemporaryFolder folder_;
  testing::ManualClock clock_{5'000'001'234};
  std::unique_ptr<Tasks> tasks_ = thread_tasks();
  std::unique_ptr<FileSystem> files_ = disk_file_system();
  testing::BytesFile input_{""};
  Nowhere nowhere_;
  Stop stop_;
  Reload reload_;
  System system_{.machine = {clock_, system_random(), *tasks_, *files_},
                 .environment = {},
                 .input = input_,
                 .output = {.writer = nowhere_},
                 .talk = {.writer = nowhere_},
                 .stop = stop_,
                 .reload = reload_,
                 .process = 4711};
};

TEST_F(ServiceNoticeTest, TellsOverAPathAndOverAnAbstractName) {
  for (const std::string& address :
       {std::string(folder_ / "notify.sock"), "@weir-test-" + std::to_string(getpid())}) {
    const Listener listener(address);
    ServiceNotice told = notice({{"NOTIFY_SOCKET", listener.address()}});
    told.ready();
    EXPECT_EQ(listener.next(), "READY=1");
    told.status("counting");
    EXPECT_EQ(listener.next(), "STATUS=counting");
    told.reloading();
    EXPECT_EQ(listener.next(), "RELOADING=1\nMONOTONIC_USEC=5000001");
    told.alive();  // which nobody asked for
    told.stopping();
    EXPECT_EQ(listener.next(), "STOPPING=1");
    EXPECT_EQ(listener.next(), "");
  }
}

// faults 40, 141 (status)
TEST_F(ServiceNoticeTest, StatusIsOneShortLineWithoutSecrets) {
  const Listener listener(folder_ / "notify.sock");
  ServiceNotice told = notice({{"NOTIFY_SOCKET", listener.address()}});
  told.status("a\nREADY=1 \xff sqlite://u:hunter2@h");
  EXPECT_EQ(listener.next(), "STATUS=a\\nREADY=1 \\xff sqlite://u:***@h");
  told.status(std::string(5000, 'x'));
  EXPECT_EQ(listener.next().size(), std::string("STATUS=").size() + 1000);
}

TEST_F(ServiceNoticeTest, WhereNobodyAskedOrNobodyListensNothingIsTold) {
  for (const std::string address : {"", "relative", "@", "vsock:2:1234", "/nowhere/notify.sock"}) {
    ServiceNotice told = notice({{"NOTIFY_SOCKET", address}});
    told.ready();
    told.alive();
  }
  ServiceNotice told = notice({{"NOTIFY_SOCKET", "/" + std::string(200, 'x')}});
  told.ready();
  notice({{"WATCHDOG_USEC", "1000"}}).alive();
}

TEST_F(ServiceNoticeTest, TheWatchdogIsAnsweredTwiceInItsTime) {
  const Listener listener(folder_ / "notify.sock");
  // Within ten minutes of a call every second.
  const auto answers = [&](const std::string& microseconds, const std::string& process) {
    ServiceNotice told = notice({{"NOTIFY_SOCKET", listener.address()},
                                 {"WATCHDOG_USEC", microseconds},
                                 {"WATCHDOG_PID", process}});
    int heard = 0;
    for (int i = 0; i < 600; ++i) {
      clock_.set(clock_.monotonic() + 1'000'000'000);
      told.alive();
      heard += listener.next() == "WATCHDOG=1" ? 1 : 0;
    }
    return heard;
  };
  EXPECT_EQ(answers("60000000", "4711"), 20);
  EXPECT_EQ(answers("60000000", ""), 20);
  EXPECT_EQ(answers("60000000", "4712"), 0);  // meant for another process
  for (const std::string wrong : {"", "0", "-5", "soon", "9223372036854775807"}) {
    EXPECT_EQ(answers(wrong, ""), 0) << wrong;
  }
}

}  // namespace
}  // namespace weir
