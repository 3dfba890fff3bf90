// SPDX-License-Identifier: Apache-2.0
#include "io/faulty.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "io/memory.h"
#include "support/manual_clock.h"

namespace weir {
namespace {

class FaultyFiles : public ::testing::Test {
 protected:
  // A job as weir's spilling does one: write, sync, rename, read back. True: it got through.
  bool job(FileSystem& files) {
    if (!files.make_folder("/x")) {
      return false;
    }
    const auto file = files.create("/x/a.tmp");
    if (!file || !(*file)->write(std::string("12 3\n")) || !(*file)->sync() ||
        !files.rename("/x/a.tmp", "/x/a") || !files.sync_folder("/x")) {
      return false;
    }
    const auto reader = files.open("/x", "a");
    std::string into(5, '?');
    return reader && (*reader)->read_at(0, into) && (*reader)->status() && into == "12 3\n" &&
           files.status("/x/a") && files.canonical("/x/a") && listed(files) && files.remove("/x/a");
  }

  testing::ManualClock clock_;

 private:
  static bool listed(FileSystem& files) {
    const auto cursor = files.list("/x", "");
    return cursor && (*cursor)->next();
  }
};

TEST_F(FaultyFiles, EveryCallOfAJobCanFailAndNoneFailsTwice) {
  std::uint64_t n = 1;
  for (;; ++n) {
    const auto memory = memory_file_system(clock_);
    const auto plan = nth_call_fault({.n = n});
    const auto files = faulty_file_system(*memory, *plan);
    const bool through = job(*files);
    if (plan->calls_counted() < n) {
      EXPECT_TRUE(through);
      break;
    }
    EXPECT_FALSE(through) << n;
    EXPECT_EQ(plan->strikes(), 1U);
  }
  EXPECT_EQ(n - 1, 14U);  // the calls of the job above
}

TEST_F(FaultyFiles, OnlyTheKindsAskedForAreCounted) {
  const auto memory = memory_file_system(clock_);
  const auto plan = nth_call_fault({.n = 0, .kinds = {FileCall::sync, FileCall::rename}});
  const auto files = faulty_file_system(*memory, *plan);
  EXPECT_TRUE(job(*files));
  EXPECT_EQ(plan->calls_counted(), 3U);
  EXPECT_EQ(plan->strikes(), 0U);
}

TEST_F(FaultyFiles, ADiskCanStayFull) {
  const auto memory = memory_file_system(clock_);
  const auto plan = nth_call_fault({.n = 2,
                                    .kinds = {FileCall::write, FileCall::create},
                                    .os_code = ENOSPC,
                                    .and_all_later = true});
  const auto files = faulty_file_system(*memory, *plan);
  const auto file = files->create("/a");
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->write(std::string("x")).error().os_code, ENOSPC);
  EXPECT_EQ(files->create("/b").error().os_code, ENOSPC);
  EXPECT_EQ(files->create("/b").error().kind, ErrorKind::unavailable);
}

TEST_F(FaultyFiles, AFailedWriteIsTornAndStaysFailed) {
  const auto memory = memory_file_system(clock_);
  const auto plan = nth_call_fault({.n = 1, .kinds = {FileCall::write}});
  const auto files = faulty_file_system(*memory, *plan);
  const auto file = files->create("/a");
  EXPECT_FALSE((*file)->write(std::string("0123456789")));
  EXPECT_EQ(memory->contents("/a"), "01234");
  EXPECT_EQ((*file)->write(std::string("more")).error().os_code, EIO);
  EXPECT_EQ((*file)->sync().error().os_code, EIO);
}

TEST_F(FaultyFiles, AFailedSyncStaysFailedAndACrashTellsWhy) {
  const auto memory = memory_file_system(clock_);
  const auto plan = nth_call_fault({.n = 1, .kinds = {FileCall::sync}});
  const auto files = faulty_file_system(*memory, *plan);
  const auto file = files->create("/a");
  EXPECT_TRUE((*file)->write(std::string("bytes")));
  EXPECT_FALSE((*file)->sync());
  EXPECT_FALSE((*file)->sync());
  EXPECT_FALSE((*file)->write(std::string("more")));
  EXPECT_TRUE(files->sync_folder("/"));
  memory->crash();
  EXPECT_EQ(memory->contents("/a"), "");
}

std::string diary(std::uint64_t seed, Clock& clock) {
  const auto memory = memory_file_system(clock);
  memory->put("/a", "bytes");
  const auto random = seeded_random(seed);
  const auto plan = seeded_faults(*random, {.open = 0.3, .read = 0.3, .status = 0.1, .write = 0.2});
  const auto files = faulty_file_system(*memory, *plan);
  std::string text;
  for (int round = 0; round < 100; ++round) {
    const auto file = files->open("/", "a");
    std::string into(5, '?');
    text += !file ? 'o' : !(*file)->read_at(0, into) ? 'r' : !(*file)->status() ? 's' : '.';
  }
  return text + " " + std::to_string(plan->strikes());
}

TEST_F(FaultyFiles, TheSameSeedFailsTheSameCalls) {
  EXPECT_EQ(diary(1, clock_), diary(1, clock_));
  EXPECT_NE(diary(1, clock_), diary(2, clock_));
  for (const char kind : {'o', 'r', 's', '.'}) {
    EXPECT_NE(diary(1, clock_).find(kind), std::string::npos) << kind;
  }
}

TEST_F(FaultyFiles, SomeKindsFailInTwoWays) {
  const auto memory = memory_file_system(clock_);
  const auto random = seeded_random(3);
  const auto plan = seeded_faults(*random, {.create = 1});
  const auto files = faulty_file_system(*memory, *plan);
  std::set<int> codes;
  for (int round = 0; round < 50; ++round) {
    codes.insert(files->create("/a").error().os_code);
  }
  EXPECT_EQ(codes, (std::set<int>{EMFILE, ENOSPC}));
}

TEST_F(FaultyFiles, ProbabilityOneFailsAlwaysAndZeroNever) {
  const auto memory = memory_file_system(clock_);
  const auto random = seeded_random(3);
  const auto always = seeded_faults(*random, {.open = 1, .list = 1, .create = 1, .rename = 1});
  const auto never = seeded_faults(*random, {});
  const auto broken = faulty_file_system(*memory, *always);
  const auto sound = faulty_file_system(*memory, *never);
  for (int round = 0; round < 50; ++round) {
    EXPECT_EQ(broken->open("/", "a").error().os_code, EMFILE);
    EXPECT_FALSE(broken->list("/", ""));
    EXPECT_FALSE(broken->create("/x"));
    EXPECT_FALSE(broken->rename("/x", "/y"));
    EXPECT_TRUE(job(*sound));
  }
  EXPECT_EQ(never->strikes(), 0U);
}

}  // namespace
}  // namespace weir
