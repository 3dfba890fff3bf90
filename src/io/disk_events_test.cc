// SPDX-License-Identifier: Apache-2.0
// inotify at its limits: its queue, its watches, its instances. The contract is checked in
// tests/conformance/folder_events_test.cc.
#include "io/disk_events.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <functional>
#include <vector>

#include "support/child.h"
#include "support/temporary_folder.h"

namespace weir {
namespace {

using testing::passes_in_child;
using testing::TemporaryFolder;
using testing::write_file;
using Kind = FolderEvent::Kind;

void touch(const std::string& path) {
  ::close(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

std::vector<FolderEvent> all(FolderEvents& events) {
  std::vector<FolderEvent> heard;
  for (auto event = events.next(0); event && *event; event = events.next(0)) {
    heard.push_back(**event);
  }
  return heard;
}

// fault 42 (the queue of the kernel runs over)
TEST(DiskEvents, AnOverflowIsHeardAndEventsGoOnAfterIt) {
  std::size_t queued_max = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> queued_max;
  ASSERT_GT(queued_max, 0U);
  if (queued_max > 1'000'000) {
    GTEST_SKIP() << "a queue of " << queued_max << " events is too long to fill";
  }
  const TemporaryFolder folder;
  const auto events = disk_folder_events();
  ASSERT_TRUE(events->add(folder.path()));
  for (std::size_t i = 0; i < queued_max + 10; ++i) {
    touch(folder / (i % 2 == 0 ? "a" : "b"));  // the same twice in a row would be one event
  }
  const auto heard = all(*events);
  ASSERT_FALSE(heard.empty());
  EXPECT_LE(heard.size(), queued_max + 1);
  EXPECT_EQ(heard.back(), FolderEvent{});
  EXPECT_EQ(heard.back().kind, Kind::overflow);
  touch(folder / "a");
  EXPECT_EQ(all(*events).size(), 1U);
}

// In a user namespace of its own, where a limit of the user is this. False: it cannot be had.
bool limit_of_user(const std::string& name, int limit) {
  if (::unshare(CLONE_NEWUSER) != 0) {
    return false;
  }
  std::ofstream file("/proc/sys/user/" + name);
  file << limit << std::flush;
  return file.good();
}

bool may_limit(const std::string& name) {
  return passes_in_child([&] { EXPECT_TRUE(limit_of_user(name, 1)); });
}

// fault 42 (no watches left)
TEST(DiskEvents, TheLimitOfWatchesIsUnavailableAndPassesWhenOneIsGivenBack) {
  if (!may_limit("max_inotify_watches")) {
    GTEST_SKIP() << "the limit of watches cannot be lowered here";
  }
  EXPECT_TRUE(passes_in_child([] {
    const TemporaryFolder folder;
    for (const char* name : {"x", "y", "z"}) {
      ASSERT_EQ(::mkdir((folder / name).c_str(), 0777), 0);
    }
    ASSERT_TRUE(limit_of_user("max_inotify_watches", 2));
    const auto events = disk_folder_events();
    EXPECT_TRUE(events->add(folder / "x"));
    EXPECT_TRUE(events->add(folder / "y"));
    const auto refused = events->add(folder / "z");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(refused.error().os_code, ENOSPC);
    EXPECT_EQ(refused.error().message,
              "watch " + folder / "z" +
                  ": no more folders can be watched (raise fs.inotify.max_user_watches)");
    events->forget(folder / "x");
    EXPECT_TRUE(events->add(folder / "z"));
  }));
}

// fault 50 (inotify instances)
TEST(DiskEvents, TheLimitOfInstancesIsUnavailableAndPasses) {
  if (!may_limit("max_inotify_instances")) {
    GTEST_SKIP() << "the limit of instances cannot be lowered here";
  }
  EXPECT_TRUE(passes_in_child([] {
    ASSERT_TRUE(limit_of_user("max_inotify_instances", 1));
    const TemporaryFolder folder;
    auto first = disk_folder_events();
    EXPECT_TRUE(first->add(folder.path()));
    const auto second = disk_folder_events();
    const auto refused = second->add(folder.path());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(refused.error().os_code, EMFILE);
    EXPECT_FALSE(*second->next(0));
    first.reset();
    EXPECT_TRUE(second->add(folder.path()));
  }));
}

// fault 50 (descriptors: not even one for the wake-up)
TEST(DiskEvents, WithoutAnyDescriptorItStillWaitsAndWakes) {
  EXPECT_TRUE(passes_in_child([] {
    const rlimit few{.rlim_cur = 24, .rlim_max = 24};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    std::vector<int> taken;
    for (int number = 0; number >= 0;) {
      number = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      taken.push_back(number);
    }
    const auto events = disk_folder_events();
    EXPECT_EQ(events->add("/").error().os_code, EMFILE);
    EXPECT_FALSE(*events->next(0));
    EXPECT_FALSE(*events->next(system_clock().monotonic() + 300'000'000));
    events->wake();
    EXPECT_FALSE(*events->next(system_clock().monotonic() + 3'600'000'000'000));
    ::close(taken.front());
    EXPECT_TRUE(events->add("/"));
  }));
}

}  // namespace
}  // namespace weir
