// SPDX-License-Identifier: Apache-2.0
// Socket files: stale ones, live ones, long paths, and what is none.
#include "io/line_place.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "io/line_socket.h"
#include "support/temporary_folder.h"

namespace weir {
namespace {

using testing::file_bytes;
using testing::TemporaryFolder;
using testing::write_file;

class SocketFile : public ::testing::Test {
 protected:
  Result<std::unique_ptr<LineServer>> serve(const std::string& path) {
    return serve_lines(*tasks_, {.path = path},
                       [](const LinePeer&, std::string_view line,
                          const std::shared_ptr<LineReply>& reply) { reply->send(line); });
  }
  static bool answers(const std::string& path) {
    const auto client = connect_lines(system_clock(), path);
    if (!client || !(*client)->send("a")) {
      return false;
    }
    const auto line = (*client)->receive(system_clock().monotonic() + 60'000'000'000);
    return line && *line == "a";
  }
  // A socket that has a file; dropped, it leaves that as a killed process does.
  static Descriptor bound(const std::string& path, int type) {
    Descriptor socket(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);
    return socket;
  }
  static void leave(const std::string& path) { bound(path, SOCK_STREAM); }
  static bool there(const std::string& path) {
    struct stat found{};
    return ::lstat(path.c_str(), &found) == 0;
  }

  const TemporaryFolder folder_;
  const std::string path_ = folder_ / "s";
  const std::unique_ptr<Tasks> tasks_ = thread_tasks();
};

// fault 140 (a stale socket file)
TEST_F(SocketFile, AStaleOneIsReplaced) {
  leave(path_);
  EXPECT_EQ(connect_lines(system_clock(), path_).error().os_code, ECONNREFUSED);
  const auto server = serve(path_);
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_TRUE(answers(path_));
}

// fault 140 (somebody listens)
TEST_F(SocketFile, ALiveOneIsAConflictAndGoesOn) {
  auto first = serve(path_);
  const auto refused = serve(path_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
  EXPECT_EQ(refused.error().message, "another weir listens on " + path_);
  EXPECT_TRUE(answers(path_));
  first->reset();
  EXPECT_FALSE(there(path_));
  EXPECT_TRUE(serve(path_));
}

TEST_F(SocketFile, WhileAnotherIsAboutToListenItIsAConflict) {
  const Descriptor folder(::open(folder_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ASSERT_EQ(::flock(folder.number(), LOCK_EX), 0);
  EXPECT_EQ(serve(path_).error().kind, ErrorKind::conflict);
  ASSERT_EQ(::flock(folder.number(), LOCK_UN), 0);
  EXPECT_TRUE(serve(path_));
}

// fault 140 (what is no socket is never removed)
TEST_F(SocketFile, WhatIsNoneIsRefusedAndStays) {
  write_file(path_, "precious");
  const auto refused = serve(path_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
  EXPECT_EQ(refused.error().message,
            "listen on " + path_ + ": it is there, and is no socket; it is left alone");
  EXPECT_EQ(file_bytes(path_), "precious");
  ASSERT_EQ(::symlink("s", (folder_ / "link").c_str()), 0);
  EXPECT_EQ(serve(folder_ / "link").error().kind, ErrorKind::invalid);
  EXPECT_TRUE(there(folder_ / "link"));
  EXPECT_EQ(serve(folder_.path()).error().kind, ErrorKind::invalid);
  const Descriptor datagrams = bound(folder_ / "datagrams", SOCK_DGRAM);
  EXPECT_EQ(serve(folder_ / "datagrams").error().os_code, EPROTOTYPE);
  EXPECT_TRUE(there(folder_ / "datagrams"));
}

TEST_F(SocketFile, AServerRemovesItsOwnFileAndNoOther) {
  auto server = serve(path_);
  ASSERT_EQ(::unlink(path_.c_str()), 0);
  write_file(path_, "another's");
  server->reset();
  EXPECT_EQ(file_bytes(path_), "another's");
}

TEST_F(SocketFile, APathMayBeLongerThanAnAddress) {
  std::string folder = folder_.path();
  while (folder.size() < 200) {
    folder += "/" + std::string(30, 'x');
    ASSERT_EQ(::mkdir(folder.c_str(), 0700), 0);
  }
  const auto server = serve(folder + "/s");
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_TRUE(answers(folder + "/s"));
  leave(path_);
  ASSERT_EQ(::rename(path_.c_str(), (folder + "/stale").c_str()), 0);
  EXPECT_TRUE(serve(folder + "/stale"));
  const auto refused = serve(folder + "/" + std::string(100, 'n'));
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
  EXPECT_EQ(refused.error().os_code, ENAMETOOLONG);
}

TEST_F(SocketFile, PathsThatCannotBeAreRefused) {
  for (const std::string& path :
       {std::string(), folder_.path() + "/", folder_ / "..", folder_ / std::string("a\0b", 3)}) {
    EXPECT_EQ(serve(path).error().kind, ErrorKind::invalid);
    EXPECT_EQ(connect_lines(system_clock(), path).error().kind, ErrorKind::invalid);
  }
  EXPECT_EQ(serve(folder_ / "no/such/folder").error().os_code, ENOENT);
  const auto nobody = connect_lines(system_clock(), path_);
  EXPECT_EQ(nobody.error().kind, ErrorKind::invalid);
  EXPECT_EQ(nobody.error().os_code, ENOENT);
}

}  // namespace
}  // namespace weir
