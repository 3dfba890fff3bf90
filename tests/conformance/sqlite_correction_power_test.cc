// SPDX-License-Identifier: Apache-2.0
// Corrections in SQLite's store on a disk that fails: power cuts, kills, full and broken disks, at
// every step of a small job that takes back, swaps, rolls up and forgets. After each: the totals
// are those of before or after the step that broke off, history makes the totals, the books
// balance, and the job ends as it does undisturbed.
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/mman.h>

#include <cerrno>

#include "store/memory.h"
#include "store/sqlite.h"
#include "support/child.h"
#include "support/correction_job.h"
#include "support/manual_clock.h"
#include "support/power_loss_vfs.h"
#include "support/temporary_folder.h"

namespace weir::testing {
namespace {

// The totals before each step, and after the last: as the memory store makes them.
const std::vector<Sums>& totals_by_step() {
  static const std::vector<Sums> all = [] {
    ManualClock clock;
    const auto tasks = thread_tasks();
    const auto store = open_memory_store(memory_database(KeyKind::integer), clock, *tasks, "usage",
                                         StoreSettings::Keep::history);
    std::vector<Sums> totals = {{}};
    for (const auto& step : CorrectionJob::steps()) {
      CHECK(step(*store));
      totals.push_back(*totals_of(*store));
    }
    return totals;
  }();
  return all;
}

// A prepared database, closed, and its marker: making them costs real syncs.
struct Prepared {
  std::string database;
  std::string marker;
};

const Prepared& prepared() {
  static const Prepared files = [] {
    const TemporaryFolder folder;
    const std::string path = folder / "weir.db";
    ManualClock clock;
    auto store = open_sqlite_store(
        clock, {.path = path, .settings = {.keep = StoreSettings::Keep::history}});
    CHECK(store && (*store)->schema().prepare());
    store->reset();
    return Prepared{file_bytes(path), file_bytes(path + ".weir")};
  }();
  return files;
}

class Bench {
 public:
  Bench() : path_(folder_ / "weir.db") {
    write_file(path_, prepared().database);
    write_file(path_ + ".weir", prepared().marker);
  }

  Result<std::unique_ptr<Store>> open() {
    return open_sqlite_store(
        clock_,
        {.path = path_, .settings = {.keep = StoreSettings::Keep::history}, .checkpoint_pages = 3});
  }
  // Opens, works and closes (which writes the log back), as a process would.
  Result<void> work(std::size_t from, std::size_t& told) {
    TRY_ASSIGN(const auto store, open());
    return CorrectionJob::run(*store, from, told);
  }

  void expect_exact(std::size_t told, const std::string& when) {
    auto store = open();
    ASSERT_TRUE(store) << when << store.error().message;
    ASSERT_TRUE((*store)->schema().prepare()) << when;
    const Sums totals = *totals_of(**store);
    const auto& due = totals_by_step();
    ASSERT_TRUE(totals == due[told] || (told + 1 < due.size() && totals == due[told + 1]))
        << when << "neither before nor after step " << told;
    ASSERT_EQ(history_is_not_the_totals(**store), "") << when;
    ASSERT_EQ(imbalance(**store), "") << when;
    const auto ended = CorrectionJob::run(**store, told, told);
    ASSERT_TRUE(ended) << when << ended.error().message;
    ASSERT_EQ(*totals_of(**store), due.back()) << when;
    ASSERT_EQ(history_is_not_the_totals(**store), "") << when;
    ASSERT_EQ(imbalance(**store), "") << when;
    ASSERT_EQ((*store)->listings().files({})->size(), 1u)
        << when;  // all but the last are forgotten
    ASSERT_EQ((*store)->corrections().list(0, 100)->size(), 4u) << when;
  }

 private:
  const TemporaryFolder folder_;
  const std::string path_;
  ManualClock clock_;
};

std::string at_step(std::uint64_t step) {
  return "at step " + std::to_string(step) + ": ";
}

TEST(SqliteCorrectionPower, UndisturbedTheJobEndsAsInMemory) {
  const PowerLossVfs disk;
  Bench bench;
  std::size_t told = 0;
  const auto ended = bench.work(0, told);
  ASSERT_TRUE(ended) << ended.error().message;
  bench.expect_exact(told, "");
}

// faults 1, 4, 47 (of corrections)
TEST(SqliteCorrectionPower, APowerCutAtAnyStepLeavesWholeCorrections) {
  std::uint64_t step = 1;
  for (bool cut = true; cut; ++step) {
    PowerLossVfs disk;
    Bench bench;
    disk.cut_at(step);
    std::size_t told = 0;
    (void)!bench.work(0, told);
    cut = disk.is_cut();
    disk.restart(step);
    bench.expect_exact(told, "cut " + at_step(step));
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_GT(step, 100u);
}

// What a child has told, for its parent to read.
class SharedNumber {
 public:
  SharedNumber()
      : number_(
            static_cast<std::size_t*>(::mmap(nullptr, sizeof(std::size_t), PROT_READ | PROT_WRITE,
                                             MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
    CHECK(number_ != MAP_FAILED);
    *number_ = 0;
  }
  ~SharedNumber() { ::munmap(number_, sizeof(std::size_t)); }
  SharedNumber(const SharedNumber&) = delete;
  SharedNumber& operator=(const SharedNumber&) = delete;
  std::size_t& operator*() const { return *number_; }

 private:
  std::size_t* const number_;
};

// faults 1, 4 (of corrections; every third step, for a power cut is tried at each)
TEST(SqliteCorrectionPower, AKillAtAnyStepLeavesWholeCorrections) {
  std::uint64_t step = 1;
  for (bool killed = true; killed; step += 3) {
    PowerLossVfs disk;
    Bench bench;
    const SharedNumber told;
    disk.kill_at(step);
    killed = killed_in_child([&] { (void)!bench.work(0, *told); });
    disk.heal();
    bench.expect_exact(*told, "killed " + at_step(step));
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_GT(step, 100u);
}

struct Refusal {
  const char* name;
  PowerLossVfs::Step kind;
  int code;
  int os_code;
};

// faults 22, 49 (of corrections; every other step)
TEST(SqliteCorrectionPower, ADiskThatRefusesAnyStepForAWhileIsWaitedFor) {
  for (const Refusal& refusal :
       {Refusal{"full", PowerLossVfs::Step::write, SQLITE_FULL, ENOSPC},
        Refusal{"unsynced", PowerLossVfs::Step::sync, SQLITE_IOERR_FSYNC, EIO}}) {
    bool failed = true;
    for (std::uint64_t step = 1; failed; step += 2) {
      PowerLossVfs disk;
      Bench bench;
      disk.fail({.kind = refusal.kind,
                 .first = step,
                 .last = step + step % 3,
                 .code = refusal.code,
                 .os_code = refusal.os_code});
      std::size_t told = 0;
      const auto ended = bench.work(0, told);
      ASSERT_TRUE(ended || ended.error().kind == ErrorKind::unavailable) << ended.error().message;
      failed = disk.has_failed();
      disk.heal();
      bench.expect_exact(told, refusal.name + (" " + at_step(step)));
      ASSERT_FALSE(HasFailure());
    }
  }
}

}  // namespace
}  // namespace weir::testing
