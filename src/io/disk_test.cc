// SPDX-License-Identifier: Apache-2.0
// The disk itself: full, read-only, out of descriptors, of another user, with pipes and devices.
// The contract is checked in tests/conformance/file_system_test.cc.
#include "io/disk.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <vector>

#include "io/disk_descriptor.h"
#include "support/child.h"
#include "support/temporary_folder.h"

namespace weir {
namespace {

using testing::file_bytes;
using testing::passes_as_nobody;
using testing::passes_in_child;
using testing::TemporaryFolder;
using testing::write_file;

template <class T>
void expect_unavailable(const Result<T>& result, int os_code) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(result.error().os_code, os_code) << result.error().message;
}

// ---- full and read-only

// In a mount namespace of its own: a small disk at this path. False: only root may.
bool mount_small_disk(const std::string& path) {
  return ::unshare(CLONE_NEWNS) == 0 &&
         ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("none", path.c_str(), "tmpfs", 0, "size=64k") == 0;
}

bool may_mount() {
  const TemporaryFolder folder;
  return passes_in_child([&] { EXPECT_TRUE(mount_small_disk(folder.path())); });
}

// faults 22, 49 (a full disk under weir's own files; SQLite writes its own)
TEST(Disk, AFullDiskIsUnavailableAndANewFileWorksWhenThereIsRoom) {
  if (::geteuid() != 0 || !may_mount()) {
    GTEST_SKIP() << "only root can mount a small disk";
  }
  const TemporaryFolder folder;
  EXPECT_TRUE(passes_in_child([&] {
    ASSERT_TRUE(mount_small_disk(folder.path()));
    const auto files = disk_file_system();
    auto big = files->create(folder / "big");
    expect_unavailable((*big)->write(std::string(1 << 20, 'x')), ENOSPC);
    expect_unavailable((*big)->write(std::string("x")), ENOSPC);
    expect_unavailable((*big)->sync(), ENOSPC);
    EXPECT_TRUE(files->remove(folder / "big"));
    big->reset();
    const auto small = files->create(folder / "small");
    EXPECT_TRUE((*small)->write(std::string("12 3\n")));
    EXPECT_TRUE((*small)->sync());
    EXPECT_EQ(file_bytes(folder / "small"), "12 3\n");
  }));
}

// fault 49 (read-only remount)
TEST(Disk, AReadOnlyDiskIsUnavailable) {
  if (::geteuid() != 0 || !may_mount()) {
    GTEST_SKIP() << "only root can mount a disk";
  }
  const TemporaryFolder folder;
  EXPECT_TRUE(passes_in_child([&] {
    ASSERT_TRUE(mount_small_disk(folder.path()));
    write_file(folder / "a", "12 3\n");
    ASSERT_EQ(::mount("none", folder.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
    const auto files = disk_file_system();
    expect_unavailable(files->create(folder / "b"), EROFS);
    expect_unavailable(files->rename(folder / "a", folder / "b"), EROFS);
    expect_unavailable(files->remove(folder / "a"), EROFS);
    expect_unavailable(files->make_folder(folder / "x"), EROFS);
    EXPECT_TRUE(files->open(folder.path(), "a"));
  }));
}

// ---- descriptors

// fault 50 (descriptors)
TEST(Disk, RunningOutOfDescriptorsIsUnavailableAndPasses) {
  const TemporaryFolder folder;
  write_file(folder / "a", "12 3\n");
  EXPECT_TRUE(passes_in_child([&] {
    const rlimit few{.rlim_cur = 24, .rlim_max = 24};  // of which the test itself has some
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    const auto files = disk_file_system();
    std::vector<std::unique_ptr<ReadFile>> open;
    auto last = files->open(folder.path(), "a");
    for (; last; last = files->open(folder.path(), "a")) {
      open.push_back(*std::move(last));
    }
    expect_unavailable(last, EMFILE);
    open.resize(open.size() - 2);  // each opening needs three for a moment
    while (::open("/", O_RDONLY | O_DIRECTORY) >= 0) {
    }
    expect_unavailable(files->list(folder.path(), ""), EMFILE);
    expect_unavailable(files->create(folder / "b"), EMFILE);
    expect_unavailable(files->sync_folder(folder.path()), EMFILE);
    EXPECT_FALSE(files->status(folder / "b"));
    open.clear();
    EXPECT_TRUE(files->list(folder.path(), ""));
    EXPECT_TRUE(files->create(folder / "b"));
  }));
}

TEST(Disk, NothingStaysOpenAndNothingIsInherited) {
  const TemporaryFolder folder;
  write_file(folder / "a", "12 3\n");
  const auto files = disk_file_system();
  const int before = ::open("/", O_RDONLY | O_CLOEXEC);
  ::close(before);
  {
    const auto file = files->open(folder.path(), "a");
    const auto cursor = files->list(folder.path(), "");
    const auto created = files->create(folder / "b");
    EXPECT_FALSE(files->open(folder.path(), "missing"));
    EXPECT_TRUE(files->sync_folder(folder.path()));
    for (int number = before; number < before + 3; ++number) {
      EXPECT_EQ(::fcntl(number, F_GETFD), FD_CLOEXEC);
    }
    EXPECT_EQ(::fcntl(before + 3, F_GETFD), -1);
  }
  EXPECT_EQ(::fcntl(before, F_GETFD), -1);
}

// ---- permissions

// fault 39
TEST(Disk, PermissionDeniedIsUnavailableAndPassesOnceItIsGranted) {
  EXPECT_TRUE(passes_as_nobody([] {
    const TemporaryFolder folder;
    write_file(folder / "a", "12 3\n");
    ASSERT_EQ(::mkdir((folder / "x").c_str(), 0), 0);
    ASSERT_EQ(::chmod((folder / "a").c_str(), 0), 0);
    const auto files = disk_file_system();
    expect_unavailable(files->open(folder.path(), "a"), EACCES);
    expect_unavailable(files->list(folder.path(), "x"), EACCES);
    expect_unavailable(files->create(folder / "x/b"), EACCES);
    EXPECT_TRUE(files->status(folder / "a"));
    ASSERT_EQ(::chmod((folder / "a").c_str(), 0400), 0);
    ASSERT_EQ(::chmod((folder / "x").c_str(), 0700), 0);
    EXPECT_TRUE(files->open(folder.path(), "a"));
    EXPECT_TRUE(files->list(folder.path(), "x"));
    EXPECT_TRUE(files->create(folder / "x/b"));
  }));
}

// Leases are for owners, and for root.
TEST(Disk, WhoWritesTheFileOfAnotherUserIsUnknown) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "only root can make files of two users";
  }
  const TemporaryFolder folder;
  write_file(folder / "a", "12 3\n");
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  ASSERT_EQ(::chmod((folder / "a").c_str(), 0644), 0);
  EXPECT_TRUE(passes_as_nobody(
      [&] { EXPECT_EQ(*disk_file_system()->writers(folder.path(), "a"), Writers::unknown); }));
}

TEST(Disk, WhatIsMountedSaysWhatItIs) {
  const auto files = disk_file_system();
  EXPECT_EQ(*files->place("/proc"), (FilePlace{.type = "0x9fa0", .local = true}));
  if (::geteuid() == 0 && may_mount()) {
    const TemporaryFolder folder;
    EXPECT_TRUE(passes_in_child([&] {
      ASSERT_TRUE(mount_small_disk(folder.path()));
      EXPECT_EQ(*files->place(folder.path()), (FilePlace{.type = "tmpfs", .local = true}));
    }));
  }
}

// ---- pipes, sockets, devices

// Whether anybody opened the file since this was made.
class Watch {
 public:
  explicit Watch(const std::string& path) {
    CHECK(::inotify_add_watch(notices_.number(), path.c_str(), IN_OPEN) >= 0);
  }
  bool opened() {
    char notice[4096];
    return ::read(notices_.number(), notice, sizeof notice) > 0;
  }

 private:
  const Descriptor notices_{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
};

// fault 38
TEST(Disk, APipeIsRefusedWithoutWakingItsWriter) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  write_file(folder / "file", "");
  Watch pipe(folder / "pipe");
  Watch file(folder / "file");
  for (const bool openat2 : {true, false}) {
    const auto files = disk_file_system({.openat2 = openat2});
    const auto refused = files->open(folder.path(), "pipe");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
    EXPECT_EQ(refused.error().message, "open " + folder / "pipe" + ": a pipe, socket or device");
    EXPECT_FALSE(pipe.opened());
    EXPECT_TRUE(files->open(folder.path(), "file"));
    EXPECT_TRUE(file.opened());  // the watch does see openings
  }
}

// fault 38
TEST(Disk, SocketsAndDevicesAreRefused) {
  const TemporaryFolder folder;
  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  (folder / "s").copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
            0);
  const auto files = disk_file_system();
  EXPECT_EQ(files->open(folder.path(), "s").error().kind, ErrorKind::invalid);
  EXPECT_EQ(files->open("/dev", "zero").error().kind, ErrorKind::invalid);
  EXPECT_EQ(files->open("/dev", "tty").error().kind, ErrorKind::invalid);
}

// ---- paths

// Makes openat2 answer so, in this process and for good.
void forbid_openat2(int os_code) {
  sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(os_code)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{.len = std::size(steps), .filter = steps};
  CHECK(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  CHECK(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
}

// fault 38 (on a kernel, or in a sandbox, without openat2)
TEST(Disk, PathsStayConfinedWhereThereIsNoOpenat2) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkdir((folder / "x").c_str(), 0700), 0);
  write_file(folder / "x/a", "12 3\n");
  ASSERT_EQ(::symlink("x", (folder / "link").c_str()), 0);
  for (const int os_code : {ENOSYS, EPERM}) {
    EXPECT_TRUE(passes_in_child([&] {
      forbid_openat2(os_code);
      const auto files = disk_file_system();
      EXPECT_TRUE(files->open(folder.path(), "x/a"));
      EXPECT_TRUE(files->open(folder.path(), "x//a"));
      EXPECT_EQ(files->open(folder.path(), "link/a").error().os_code, ELOOP);
      EXPECT_EQ(files->open(folder.path(), "missing").error().os_code, ENOENT);
    }));
  }
}

TEST(Disk, RelativePathsStartAtTheWorkingFolder) {
  const TemporaryFolder folder;
  write_file(folder / "a", "12 3\n");
  EXPECT_TRUE(passes_in_child([&] {
    ASSERT_EQ(::chdir(folder.path().c_str()), 0);
    const auto files = disk_file_system();
    EXPECT_TRUE(files->open("", "a"));
    EXPECT_TRUE(files->open(".", "a"));
    EXPECT_EQ((*(*files->list("", ""))->next())->name, "a");
    EXPECT_EQ(*files->canonical("a"), folder / "a");
    EXPECT_EQ(files->open("", "b").error().message, "open b: no such file or directory");
  }));
}

TEST(Disk, TimesBeyondTheYear2262StayDifferent) {
  const TemporaryFolder folder;
  write_file(folder / "a", "");
  const auto files = disk_file_system();
  std::vector<Nanoseconds> seen;
  for (const time_t second : {9'500'000'000, 9'500'000'001}) {  // the year 2271
    const timespec times[] = {{.tv_sec = second, .tv_nsec = 0}, {.tv_sec = second, .tv_nsec = 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (folder / "a").c_str(), times, 0), 0);
    seen.push_back(files->status(folder / "a")->modified);
  }
  EXPECT_NE(seen[0], seen[1]);
}

}  // namespace
}  // namespace weir
