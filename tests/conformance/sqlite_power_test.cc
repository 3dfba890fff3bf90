// SPDX-License-Identifier: Apache-2.0
// SQLite's store on a disk that fails: power cuts, kills, full and broken disks, at every step of a
// small job (some hundred), which includes making the tables and writing the log back. After each:
// what was answered for is there, what is counted is counted once, the books balance, and the job
// ends with exact totals.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <optional>
#include <vector>

#include "base/random.h"
#include "store/sqlite.h"
#include "support/child.h"
#include "support/manual_clock.h"
#include "support/power_loss_vfs.h"
#include "support/store_job.h"
#include "support/temporary_folder.h"

namespace weir::testing {
namespace {

constexpr std::uint64_t far_away = 5000;  // no job takes so many steps

// The files of a store that is prepared and closed. Making them costs real syncs, of the marker.
struct Prepared {
  std::string database;
  std::string marker;
};

class Bench {
 public:
  Bench() = default;
  explicit Bench(const Prepared& prepared) {
    write_file(path(), prepared.database);
    write_file(path() + ".weir", prepared.marker);
  }
  static Prepared prepared() {
    const PowerLossVfs disk;
    Bench bench;
    auto store = bench.open();
    CHECK(store && (*store)->schema().prepare());
    store->reset();
    return {file_bytes(bench.path()), file_bytes(bench.path() + ".weir")};
  }

  Result<std::unique_ptr<Store>> open() {
    return open_sqlite_store(clock_, {.path = path(), .checkpoint_pages = 3});
  }
  // Opens, works and closes (which writes the log back), as a process would.
  Result<void> work(StoreJob& job) {
    TRY_ASSIGN(const auto store, open());
    return job.run(*store);
  }
  Result<void> prepare() {
    TRY_ASSIGN(const auto store, open());
    return store->schema().prepare();
  }
  std::string path() const { return folder_ / "weir.db"; }

  // After what happened: all is well, and the job can be ended.
  void expect_exact(StoreJob job, const std::string& when) {
    auto store = open();
    ASSERT_TRUE(store) << when << store.error().message;
    ASSERT_TRUE((*store)->schema().prepare()) << when;
    ASSERT_EQ(wrong_with(**store, job.answered()), "") << when;
    const auto ended = job.run(**store);
    ASSERT_TRUE(ended) << when << ended.error().message;
    ASSERT_EQ(wrong_with(**store, job.answered()), "") << when;
    ASSERT_EQ(counted_units(**store)->size(), 10u) << when;
  }

 private:
  const TemporaryFolder folder_;
  ManualClock clock_;
};

std::string at_step(std::uint64_t step) {
  return "at step " + std::to_string(step) + ": ";
}

// Seeds 0 and 1 (mod 4) drop and keep everything; the others draw.
std::vector<std::uint64_t> seeds_of(std::uint64_t step) {
  return {step * 4 + step % 2, step * 4 + 2};
}

// fault 47
TEST(SqlitePower, APowerCutAtAnyStepLosesNothingThatWasAnsweredFor) {
  const Prepared prepared = Bench::prepared();
  std::uint64_t step = 1;
  for (bool cut = true; cut; ++step) {
    for (const std::uint64_t seed : seeds_of(step)) {
      PowerLossVfs disk;
      Bench bench(prepared);
      disk.cut_at(step);
      StoreJob job;
      (void)!bench.work(job);
      cut = disk.is_cut();
      disk.restart(seed);
      bench.expect_exact(job, "cut " + at_step(step) + "seed " + std::to_string(seed) + ": ");
      if (HasFatalFailure()) {
        return;
      }
    }
  }
  EXPECT_GT(step, 100u);
}

// faults 11, 47
TEST(SqlitePower, APowerCutWhileTheTablesAreMadeLeavesThemWholeOrToBeMade) {
  std::uint64_t step = 1;
  for (bool cut = true; cut; ++step) {
    for (const std::uint64_t seed : seeds_of(step)) {
      PowerLossVfs disk;
      Bench bench;
      disk.cut_at(step);
      (void)!bench.prepare();
      cut = disk.is_cut();
      disk.restart(seed);
      bench.expect_exact({}, "cut " + at_step(step) + "seed " + std::to_string(seed) + ": ");
      if (HasFatalFailure()) {
        return;
      }
    }
  }
  EXPECT_GT(step, 20u);
}

// fault 12 (the store's part)
TEST(SqlitePower, APowerCutWhileComingBackFromOneLosesNothingEither) {
  const Prepared prepared = Bench::prepared();
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const auto random = seeded_random(seed);
    PowerLossVfs disk;
    Bench bench(prepared);
    StoreJob job;
    for (int cuts = 0; cuts < 3; ++cuts) {
      disk.cut_at(1 + random->next() % 100);
      (void)!bench.work(job);
      disk.restart(random->next());
    }
    bench.expect_exact(job, "seed " + std::to_string(seed) + ": ");
    if (HasFatalFailure()) {
      return;
    }
  }
}

// Sweeps the step at which the body is killed, until it is not.
template <class Body>
std::uint64_t kill_at_any_step(const std::function<std::unique_ptr<Bench>()>& make, Body body) {
  for (std::uint64_t step = 1;; ++step) {
    PowerLossVfs disk;
    const auto bench = make();
    disk.kill_at(step);
    const bool was_killed = killed_in_child([&] { body(*bench); });
    disk.heal();
    bench->expect_exact({}, "killed " + at_step(step));
    if (!was_killed || ::testing::Test::HasFatalFailure()) {
      return step;
    }
  }
}

// faults 1, 2, 4 (the store's part)
TEST(SqlitePower, AKillAtAnyStepLeavesWholeCommitsOnly) {
  const Prepared prepared = Bench::prepared();
  const auto steps = kill_at_any_step([&] { return std::make_unique<Bench>(prepared); },
                                      [](Bench& bench) {
                                        StoreJob job;
                                        (void)!bench.work(job);
                                      });
  EXPECT_GT(steps, 100u);
}

// fault 11
TEST(SqlitePower, AKillWhileTheTablesAreMadeLeavesThemWholeOrToBeMade) {
  const auto steps = kill_at_any_step([] { return std::make_unique<Bench>(); },
                                      [](Bench& bench) { (void)!bench.prepare(); });
  EXPECT_GT(steps, 20u);
}

// A partial whose reader dies: after the units were flipped, before the commit.
class DeadlyCursor final : public SumCursor {
 public:
  explicit DeadlyCursor(Sums sums) : cursor_(KeyKind::integer, std::move(sums)) {}
  Result<void> rewind() override { return cursor_.rewind(); }
  Result<std::span<const SumEntry>> next() override {
    TRY_ASSIGN(const auto entries, cursor_.next());
    if (entries.empty()) {
      std::raise(SIGKILL);
    }
    return entries;
  }
  KeyKind key_kind() const override { return KeyKind::integer; }
  std::uint64_t keys() const override { return cursor_.keys(); }

 private:
  SumsCursor cursor_;
};

// fault 4
TEST(SqlitePower, AKillBetweenTheFlipAndTheCommitTakesBothBack) {
  PowerLossVfs disk;
  Bench bench;
  EXPECT_TRUE(killed_in_child([&] {
    const auto store = bench.open();
    (void)!(*store)->schema().prepare();
    const FileEntry entry = entry_of("a", 3);
    const FileSequence file = (*store)->ledger().enter({&entry, 1})->front().sequence;
    const Sums sums = sums_of_unit("a", 0);
    DeadlyCursor partial(sums);
    const std::vector<UnitOutcome> units = {outcome_of({.file = file}, sums)};
    (void)!(*store)->committer().commit({.units = units, .partial = partial});
  }));
  disk.heal();
  {
    const auto store = bench.open();
    EXPECT_EQ(counted_units(**store)->size(), 0u);
    EXPECT_TRUE(totals_of(**store)->empty());
  }
  bench.expect_exact(StoreJob(), "");
}

// fault 5
TEST(SqlitePower, ACommitWhoseAnswerWasLostIsRepeatedAndCountsOnce) {
  PowerLossVfs disk;
  Bench bench;
  EXPECT_TRUE(killed_in_child([&] {
    StoreJob job;
    (void)!bench.work(job);
    std::raise(SIGKILL);  // it had committed, and told nobody
  }));
  disk.heal();
  bench.expect_exact(StoreJob(), "");
}

struct DiskFailure {
  const char* name;
  PowerLossVfs::Step kind;
  int code;
  int os_code;
};
void PrintTo(const DiskFailure& failure, std::ostream* out) {
  *out << failure.name;
}

class SqliteOnAFailingDisk : public ::testing::TestWithParam<DiskFailure> {
 protected:
  // The job, taken up again whenever the store says that it may be repeated.
  void persist(const std::string& when) {
    StoreJob job;
    Result<std::unique_ptr<Store>> store = bench_->open();
    for (int attempts = 0; attempts < 10; ++attempts) {
      const auto done = store ? job.run(**store) : Result<void>(store.error());
      if (done) {
        ASSERT_EQ(wrong_with(**store, job.answered()), "") << when;
        return;
      }
      ASSERT_EQ(done.error().kind, ErrorKind::unavailable) << when << done.error().message;
      ASSERT_EQ(done.error().os_code, GetParam().os_code) << when << done.error().message;
      if (!store) {
        store = bench_->open();
      }
    }
    FAIL() << when << "it never got well";
  }

  PowerLossVfs disk_;
  std::optional<Bench> bench_;
};

// faults 22, 25, 49
TEST_P(SqliteOnAFailingDisk, AnyStepMayFailOnceOrForAWhile) {
  const Prepared prepared = Bench::prepared();
  bool failed = true;
  for (std::uint64_t step = 1; failed; ++step) {
    bench_.emplace(prepared);
    disk_.fail({.kind = GetParam().kind,
                .first = step,
                .last = step + step % 3,
                .code = GetParam().code,
                .os_code = GetParam().os_code});
    const std::string when = at_step(step);
    persist(when);
    failed = disk_.has_failed();
    disk_.heal();
    bench_->expect_exact({}, when);
    if (HasFatalFailure()) {
      return;
    }
  }
}

// fault 22
TEST_P(SqliteOnAFailingDisk, ADiskThatStaysSoIsToldAndNothingIsHalfDone) {
  bench_.emplace();
  StoreJob job;
  auto store = bench_->open();
  ASSERT_TRUE((*store)->schema().prepare());
  disk_.fail({.kind = GetParam().kind,
              .first = 1,
              .last = far_away,
              .code = GetParam().code,
              .os_code = GetParam().os_code});
  for (int attempts = 0; attempts < 5; ++attempts) {
    const auto done = job.run(**store);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(done.error().os_code, GetParam().os_code);
    EXPECT_TRUE(totals_of(**store)->empty());
  }
  disk_.heal();
  ASSERT_TRUE(job.run(**store));  // there is room again
  EXPECT_EQ(wrong_with(**store, job.answered()), "");
}

INSTANTIATE_TEST_SUITE_P(
    Failures, SqliteOnAFailingDisk,
    ::testing::Values(DiskFailure{"full", PowerLossVfs::Step::write, SQLITE_FULL, ENOSPC},
                      DiskFailure{"over_quota", PowerLossVfs::Step::write, SQLITE_IOERR_WRITE,
                                  EDQUOT},
                      DiskFailure{"broken", PowerLossVfs::Step::any, SQLITE_IOERR_WRITE, EIO},
                      DiskFailure{"unsynced", PowerLossVfs::Step::sync, SQLITE_IOERR_FSYNC, EIO},
                      DiskFailure{"read_only", PowerLossVfs::Step::any, SQLITE_IOERR_WRITE, EROFS}),
    [](const auto& about) { return std::string(about.param.name); });

// fault 25
TEST(SqlitePower, AfterAFailedSyncTheDatabaseIsOpenedAnew) {
  PowerLossVfs disk;
  Bench bench;
  const auto store = bench.open();
  ASSERT_TRUE((*store)->schema().prepare());
  const FileEntry entry = entry_of("a", 3);
  ASSERT_TRUE((*store)->ledger().enter({&entry, 1}));
  disk.fail({.kind = PowerLossVfs::Step::sync, .code = SQLITE_IOERR_FSYNC, .os_code = EIO});
  const FileEntry other = entry_of("b", 2);
  EXPECT_EQ((*store)->ledger().enter({&other, 1}).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(disk.opens(), 0u);
  EXPECT_TRUE((*store)->ledger().enter({&other, 1}));
  EXPECT_EQ(disk.opens(), 1u);
  EXPECT_TRUE((*store)->ledger().enter({&other, 1}));
  EXPECT_EQ(disk.opens(), 1u);  // and only then
}

}  // namespace
}  // namespace weir::testing
