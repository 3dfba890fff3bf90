// SPDX-License-Identifier: Apache-2.0
// The disk under calls of the operating system that are interrupted, come up short, or fail. The
// functions below take the place of the C library's in this test program; unless a test asks for
// trouble, they only pass on.
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <functional>
#include <set>
#include <thread>

#include "io/disk.h"
#include "support/child.h"
#include "support/temporary_folder.h"

namespace {

// Of the whole program, since that is what the C library's functions are.
struct Trouble {
  std::atomic<int> interrupted_by = 0;      // every other call fails so, the rest move 1 to 3 bytes
  std::atomic<int> fails_with = 0;          // every call; -1: it answers 0
  std::atomic<bool> kinds_unknown = false;  // readdir tells no kinds
  std::atomic<bool> renames_replace = false;  // and cannot be asked not to
  std::function<void()> while_leased{};       // called when a lease was granted
  std::atomic<std::uint64_t> calls = 0;
};
Trouble trouble;

// How many bytes a call may move; none: it has failed already, with errno set.
std::size_t allowance(std::size_t count) {
  const std::uint64_t call = trouble.calls++;
  if (trouble.fails_with > 0) {
    errno = trouble.fails_with;
    return 0;
  }
  if (trouble.interrupted_by != 0 && call % 2 == 0) {
    errno = trouble.interrupted_by;
    return 0;
  }
  return trouble.interrupted_by != 0 ? std::min<std::size_t>(count, 1 + call % 3) : count;
}

class Troubled : public ::testing::Test {
 protected:
  Troubled() { trouble.calls = 0; }
  ~Troubled() override {
    trouble.kinds_unknown = trouble.renames_replace = false;
    trouble.while_leased = nullptr;
    trouble.fails_with = trouble.interrupted_by = 0;
  }
};

}  // namespace

extern "C" {

ssize_t pread(int descriptor, void* into, size_t count, off_t offset) {
  const std::size_t allowed = allowance(count);
  return allowed == 0 && count > 0 ? -1 : ::syscall(SYS_pread64, descriptor, into, allowed, offset);
}

ssize_t read(int descriptor, void* into, size_t count) {
  const std::size_t allowed = allowance(count);
  return allowed == 0 && count > 0 ? -1 : ::syscall(SYS_read, descriptor, into, allowed);
}

ssize_t write(int descriptor, const void* from, size_t count) {
  if (trouble.fails_with == -1) {
    return 0;
  }
  const std::size_t allowed = allowance(count);
  return allowed == 0 && count > 0 ? -1 : ::syscall(SYS_write, descriptor, from, allowed);
}

int fsync(int descriptor) {
  return allowance(1) == 0 ? -1 : static_cast<int>(::syscall(SYS_fsync, descriptor));
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned flags) noexcept {
  if (trouble.renames_replace && flags != 0) {
    errno = EINVAL;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}

int fcntl(int descriptor, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  const long argument = va_arg(arguments, long);
  va_end(arguments);
  const auto answer = static_cast<int>(::syscall(SYS_fcntl, descriptor, command, argument));
  if (command == F_SETLEASE && argument == F_RDLCK && answer == 0 && trouble.while_leased) {
    trouble.while_leased();
  }
  return answer;
}

struct dirent* readdir(DIR* stream) {
  using Readdir = struct dirent* (*)(DIR*);
  static const auto next = reinterpret_cast<Readdir>(::dlsym(RTLD_NEXT, "readdir"));
  struct dirent* entry = next(stream);
  if (entry != nullptr && trouble.kinds_unknown) {
    entry->d_type = DT_UNKNOWN;
  }
  return entry;
}

}  // extern "C"

namespace weir {
namespace {

using testing::file_bytes;
using testing::passes_in_child;
using testing::TemporaryFolder;
using testing::write_file;

const std::string line = "4711 42\n4712 43\n";

// fault 27
TEST_F(Troubled, ReadsGoOnAfterShortAndInterruptedCalls) {
  const TemporaryFolder folder;
  write_file(folder / "a", line);
  const auto files = disk_file_system();
  const auto file = files->open(folder.path(), "a");
  ASSERT_TRUE(file);
  trouble.interrupted_by = EINTR;
  std::string into(line.size() + 5, '?');
  EXPECT_EQ(*(*file)->read_at(0, into), line.size());
  EXPECT_EQ(into, line + "?????");
  EXPECT_GT(trouble.calls, line.size() / 3);
}

// fault 27
TEST_F(Troubled, WritesGoOnAfterShortAndInterruptedCalls) {
  const TemporaryFolder folder;
  const auto file = disk_file_system()->create(folder / "a");
  ASSERT_TRUE(file);
  trouble.interrupted_by = EINTR;
  EXPECT_TRUE((*file)->write(line));
  EXPECT_TRUE((*file)->sync());
  trouble.interrupted_by = 0;
  EXPECT_EQ(file_bytes(folder / "a"), line);
}

// fault 24 (the read itself: it is unavailable, and may be tried again)
TEST_F(Troubled, AFailingReadCanBeTriedAgain) {
  const TemporaryFolder folder;
  write_file(folder / "a", line);
  const auto files = disk_file_system();
  const auto file = files->open(folder.path(), "a");
  std::string into(line.size(), '?');
  trouble.fails_with = EIO;
  const auto failed = (*file)->read_at(0, into);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(failed.error().os_code, EIO);
  EXPECT_EQ(failed.error().message, "read " + folder / "a" + ": input/output error");
  trouble.fails_with = 0;
  EXPECT_EQ(*(*file)->read_at(0, into), line.size());
}

// fault 25 (the files that weir writes; SQLite syncs its own)
TEST_F(Troubled, AfterAFailedSyncNothingSucceedsAnyMore) {
  const TemporaryFolder folder;
  const auto file = disk_file_system()->create(folder / "a");
  EXPECT_TRUE((*file)->write(line));
  trouble.fails_with = EIO;
  EXPECT_FALSE((*file)->sync());
  trouble.fails_with = 0;
  const auto calls = trouble.calls.load();
  EXPECT_EQ((*file)->sync().error().os_code, EIO);
  EXPECT_EQ((*file)->write(line).error().os_code, EIO);
  EXPECT_EQ(trouble.calls, calls) << "the operating system was asked again";
}

// faults 22, 49 (what each errno comes to; disk_test.cc fills a disk)
TEST_F(Troubled, AfterAFailedWriteNothingSucceedsAnyMore) {
  for (const int os_code : {ENOSPC, EDQUOT, EROFS, EIO}) {
    const TemporaryFolder folder;
    const auto file = disk_file_system()->create(folder / "a");
    trouble.fails_with = os_code;
    const auto failed = (*file)->write(line);
    trouble.fails_with = 0;
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(failed.error().os_code, os_code);
    EXPECT_EQ((*file)->sync().error().os_code, os_code);
  }
}

TEST_F(Troubled, AWriteThatMovesNothingIsAnErrorAndNoEndlessLoop) {
  const TemporaryFolder folder;
  const auto file = disk_file_system()->create(folder / "a");
  trouble.fails_with = -1;
  EXPECT_EQ((*file)->write(line).error().os_code, EIO);
}

TEST_F(Troubled, KindsAreLookedUpWhereTheFileSystemTellsNone) {
  const TemporaryFolder folder;
  write_file(folder / "file", "");
  ASSERT_EQ(::mkdir((folder / "folder").c_str(), 0700), 0);
  ASSERT_EQ(::symlink("file", (folder / "link").c_str()), 0);
  trouble.kinds_unknown = true;
  const auto cursor = disk_file_system()->list(folder.path(), "");
  std::map<std::string, FileKind> found;
  for (auto entry = (*cursor)->next(); *entry; entry = (*cursor)->next()) {
    found.emplace((*entry)->name, (*entry)->kind);
  }
  EXPECT_EQ(found, (std::map<std::string, FileKind>{{"file", FileKind::regular},
                                                    {"folder", FileKind::folder},
                                                    {"link", FileKind::symlink}}));
}

// ---- renaming without replacing

TEST_F(Troubled, AFileSystemThatOnlyReplacesIsGivenASecondNameInstead) {
  const TemporaryFolder folder;
  write_file(folder / "a", line);
  ASSERT_EQ(::mkdir((folder / "folder").c_str(), 0700), 0);
  const auto files = disk_file_system();
  trouble.renames_replace = true;
  EXPECT_TRUE(files->rename_new(folder / "a", folder / "b"));
  EXPECT_EQ(file_bytes(folder / "b"), line);
  EXPECT_FALSE(files->status(folder / "a"));
  write_file(folder / "a", "another");
  EXPECT_EQ(files->rename_new(folder / "a", folder / "b").error().kind, ErrorKind::conflict);
  EXPECT_EQ(file_bytes(folder / "a"), "another");
  EXPECT_EQ(file_bytes(folder / "b"), line);
  const auto refused = files->rename_new(folder / "folder", folder / "moved");
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
  EXPECT_EQ(refused.error().os_code, EINVAL);
  EXPECT_EQ(files->rename_new(folder / "missing", folder / "c").error().os_code, ENOENT);
}

// ---- who writes

bool has_leases(FileSystem& files, const TemporaryFolder& folder) {
  write_file(folder / "probe", "");
  const auto writers = files.writers(folder.path(), "probe");
  return writers && *writers != Writers::unknown;
}

// fault 44 (a writer who comes while we look, and who would be sent SIGIO for: it kills)
TEST_F(Troubled, AWriterWhoComesInTheInstantOfTheLookDoesNoHarm) {
  const TemporaryFolder folder;
  write_file(folder / "a", line);
  const auto files = disk_file_system();
  if (!has_leases(*files, folder)) {
    GTEST_SKIP() << "this file system has no leases";
  }
  EXPECT_TRUE(passes_in_child([&] {
    int refusals = 0;
    trouble.while_leased = [&] {
      EXPECT_EQ(::open((folder / "a").c_str(), O_WRONLY | O_NONBLOCK), -1);
      EXPECT_EQ(errno, EWOULDBLOCK);
      ++refusals;
    };
    EXPECT_EQ(*files->writers(folder.path(), "a"), Writers::none);
    EXPECT_EQ(refusals, 1);
    trouble.while_leased = nullptr;
    const int writer = ::open((folder / "a").c_str(), O_WRONLY | O_NONBLOCK);
    EXPECT_GE(writer, 0) << "the lease was not given back";
    EXPECT_EQ(*files->writers(folder.path(), "a"), Writers::some);
    ::close(writer);
  }));
}

// ---- standard input

// A child whose standard input is `descriptor`; -1: closed.
bool passes_with_input(int descriptor, const std::function<void(ReadFile&, Stop&)>& body) {
  return passes_in_child([&] {
    if (descriptor < 0) {
      ::close(STDIN_FILENO);
    } else {
      CHECK(::dup2(descriptor, STDIN_FILENO) == STDIN_FILENO);
    }
    Stop stop;
    body(*standard_input(stop), stop);
  });
}

struct Pipe {
  explicit Pipe(int flags = 0) { CHECK(::pipe2(ends, flags | O_CLOEXEC) == 0); }
  ~Pipe() {
    ::close(ends[0]);
    close_writer();
  }
  void close_writer() { ::close(std::exchange(ends[1], -1)); }
  int ends[2] = {-1, -1};
};

// fault 27 (a pipe: short reads are its nature; shared with others, it may have nothing at times)
TEST_F(Troubled, APipeIsReadToItsEnd) {
  for (const int os_code : {EINTR, EAGAIN}) {
    Pipe pipe;
    ASSERT_EQ(::write(pipe.ends[1], line.data(), line.size()), static_cast<ssize_t>(line.size()));
    pipe.close_writer();
    EXPECT_TRUE(passes_with_input(pipe.ends[0], [&](ReadFile& input, Stop&) {
      trouble.interrupted_by = os_code;
      std::string into(10, '?');
      EXPECT_EQ(*input.read_at(0, into), 10U);
      EXPECT_EQ(into, line.substr(0, 10));
      EXPECT_EQ(*input.read_at(10, into), line.size() - 10);
      EXPECT_EQ(into.substr(0, line.size() - 10), line.substr(10));
      EXPECT_EQ(*input.read_at(line.size(), into), 0U);
      EXPECT_EQ(input.status()->kind, FileKind::other);
      EXPECT_EQ(input.status()->size, 0U);
    }));
  }
}

// fault 27 (EAGAIN: whoever shares the pipe made it non-blocking)
TEST_F(Troubled, ANonBlockingPipeIsWaitedFor) {
  Pipe pipe(O_NONBLOCK);
  EXPECT_TRUE(passes_with_input(pipe.ends[0], [&](ReadFile& input, Stop&) {
    std::thread writer([&] {
      for (const char& byte : line) {
        EXPECT_EQ(::write(pipe.ends[1], &byte, 1), 1);
        std::this_thread::yield();
      }
    });
    std::string into(line.size(), '?');
    EXPECT_EQ(*input.read_at(0, into), line.size());
    EXPECT_EQ(into, line);
    writer.join();
  }));
}

TEST_F(Troubled, AStopEndsTheWaitForAPipe) {
  Pipe pipe;
  EXPECT_TRUE(passes_with_input(pipe.ends[0], [&](ReadFile& input, Stop& stop) {
    std::thread person([&] { stop.request(); });
    std::string into(line.size(), '?');
    const auto stopped = input.read_at(0, into);
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(stopped.error().os_code, EINTR);
    person.join();
  }));
}

TEST_F(Troubled, WhatCannotBeReadIsAnErrorAndStaysOne) {
  EXPECT_TRUE(passes_with_input(-1, [](ReadFile& input, Stop&) {
    std::string into(3, '?');
    EXPECT_EQ(input.read_at(0, into).error().os_code, EBADF);
  }));
  const int folder = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  EXPECT_TRUE(passes_with_input(folder, [](ReadFile& input, Stop&) {
    std::string into(3, '?');
    EXPECT_EQ(input.read_at(0, into).error().message, "read standard input: is a directory");
  }));
  ::close(folder);
  Pipe pipe;
  ASSERT_EQ(::write(pipe.ends[1], line.data(), 3), 3);
  EXPECT_TRUE(passes_with_input(pipe.ends[0], [](ReadFile& input, Stop&) {
    std::string into(3, '?');
    trouble.fails_with = EIO;
    EXPECT_FALSE(input.read_at(0, into));
    trouble.fails_with = 0;
    EXPECT_EQ(input.read_at(0, into).error().os_code, EIO);
  }));
}

TEST_F(Troubled, ReadingInputAnywhereButOnwardsIsABug) {
  const Stop stop;
  EXPECT_DEATH(static_cast<void>(standard_input(stop)->read_at(7, {})), "offset == position_");
}

}  // namespace
}  // namespace weir
