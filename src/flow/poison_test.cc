// SPDX-License-Identifier: Apache-2.0
#include "flow/poison.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "flow/accept.h"
#include "flow/ingest.h"
#include "flow/quarantine.h"
#include "io/memory.h"
#include "source/directory.h"
#include "store/memory.h"

namespace weir {
namespace {

constexpr Matter one{.version = 0x0123456789abcdef, .part = 3};
constexpr Matter other{.version = 0xfedcba9876543210, .part = -1};
const std::string line_of_one = "\nsignal 11 on 0123456789abcdef 3\n";
const std::string line_of_other = "\nsignal 6 on fedcba9876543210 -1\n";

// What was taken up, in order; nobody crashes.
class Onlooker final : public Witness {
 public:
  explicit Onlooker(std::vector<Matter>& seen) : seen_(seen) {}
  int take_up(const Matter& matter) override {
    seen_.push_back(matter);
    ++held_;
    return 7;
  }
  void put_down(int place) override {
    EXPECT_EQ(place, 7);
    --held_;
  }
  ~Onlooker() override { EXPECT_EQ(held_, 0); }

 private:
  std::vector<Matter>& seen_;
  int held_ = 0;
};

class PoisonTest : public ::testing::Test {
 protected:
  static constexpr const char* path = "/db/.weir.db.crashes";

  PoisonTest() {
    settings_.jobs = 1;
    settings_.fold.memory_bytes = 4 << 20;
    settings_.fold.unit_bytes = 8;
    EXPECT_TRUE(store_->schema().prepare());
  }

  std::unique_ptr<Poison> recalled() {
    auto poison =
        std::make_unique<Poison>(Poison::Options{.files = *files_,
                                                 .tasks = *tasks_,
                                                 .path = path,
                                                 .notes = notes_,
                                                 .witness = std::make_unique<Onlooker>(seen_)});
    poison->recall();
    return poison;
  }

  IngestSummary pass(Poison& poison) {
    const auto source = open_directory_source(*files_, {.paths = {"/in"}});
    EXPECT_TRUE(source);
    Progress progress;
    const auto summary =
        ingest(machine_, **source, *store_, settings_, progress, notes_, stop_, &poison);
    EXPECT_TRUE(summary);
    return *summary;
  }

  // As a pass enters it.
  FileRow entered(const std::string& file) {
    const auto source = open_directory_source(*files_, {.paths = {"/in"}});
    const auto object = (*source)->look(file);
    EXPECT_TRUE(object);
    const auto entry = plan_file(**source, settings_, *object, Pieces::as_set);
    const auto rows = store_->ledger().enter({&*entry, 1});
    EXPECT_TRUE(rows);
    return rows->front();
  }

  void crash_on(const Matter& matter, int times) {
    std::string text = files_->contents(path).value_or("");
    for (int i = 0; i < times; ++i) {
      char line[64];
      std::snprintf(line, sizeof line, "\nsignal 11 on %016llx %d\n",
                    static_cast<unsigned long long>(matter.version), matter.part);
      text += line;
    }
    files_->put(path, text);
  }

  std::map<std::uint64_t, std::int64_t> totals() {
    std::map<std::uint64_t, std::int64_t> sums;
    EXPECT_TRUE(store_->totals().scan([&](const SumEntry& entry) -> Result<void> {
      sums[entry.id] = static_cast<std::int64_t>(entry.sum);
      return {};
    }));
    return sums;
  }

  std::unique_ptr<Random> random_ = seeded_random(1);
  std::unique_ptr<Tasks> tasks_ = thread_tasks();
  std::unique_ptr<MemoryFileSystem> files_ = memory_file_system(system_clock());
  Machine machine_{system_clock(), *random_, *tasks_, *files_};
  std::shared_ptr<MemoryDatabase> database_ = memory_database(KeyKind::integer);
  std::unique_ptr<Store> store_ = open_memory_store(database_, system_clock(), *tasks_, "usage");
  FlowSettings settings_;
  Stop stop_;
  std::string told_;
  const Notes notes_ = [this](const Note& note) { told_ += note.text + "\n"; };
  std::vector<Matter> seen_;
};

// fault 17 (the rule)
TEST_F(PoisonTest, ThreeCrashesAreAVerdictAndTwoAreNot) {
  files_->put(path, line_of_one + line_of_other + line_of_one + line_of_other);
  EXPECT_EQ(recalled()->verdict(one), "");
  files_->append(path, line_of_one);
  const auto poison = recalled();
  EXPECT_EQ(poison->verdict(one),
            "poison: it crashed weir 3 times, last with signal 11 at its unit 3");
  EXPECT_EQ(poison->verdict(other), "");
  files_->append(path, line_of_other);
  EXPECT_EQ(recalled()->verdict(other),
            "poison: it crashed weir 3 times, last with signal 6 at its first bytes");
}

TEST_F(PoisonTest, LinesThatAreTornOrOfAnotherKindSayNothing) {
  files_->put(path, line_of_one + line_of_one +
                        "\nsignal 11 on 0123456789ab"  // torn; the next one begins a line
                        "\nsignal 11 on 0123456789abcdef\n"
                        "signal 11 on 0123456789abcdef 3 4\n"
                        "signal eleven on 0123456789abcdef 3\n"
                        "signal 11 at 0123456789abcdef 3\n"
                        "signal 11 on 0123456789abcdef 99999999999\n"
                        "something else\n" +
                        std::string("\0\0\0\n", 4) + "signal 11 on 0123456789abcdef 3");
  EXPECT_EQ(recalled()->verdict(one), "");
  files_->append(path, line_of_one);  // ends the torn one, which is whole then, and adds one
  EXPECT_NE(recalled()->verdict(one), "");
  EXPECT_EQ(told_, "");
}

TEST_F(PoisonTest, WhatIsForgottenGoesFromTheFileAndTheLastTakesTheFileAlong) {
  files_->put(path, line_of_one + line_of_other + line_of_one);
  const auto poison = recalled();
  poison->forget({.version = one.version, .part = 4});  // another unit: nothing happens
  EXPECT_EQ(files_->contents(path), line_of_one + line_of_other + line_of_one);
  poison->forget(one);
  EXPECT_EQ(files_->contents(path), line_of_other.substr(1));
  poison->forget(other);
  EXPECT_EQ(files_->contents(path), std::nullopt);
  EXPECT_EQ(told_, "");
}

TEST_F(PoisonTest, OfALongFileTheLatestLinesStay) {
  std::string text;
  while (text.size() < 3 * crash_file_bytes_max) {
    text += line_of_other;
  }
  files_->put(path, text + line_of_one + line_of_one + line_of_one);
  EXPECT_NE(recalled()->verdict(one), "");
  EXPECT_LE(files_->contents(path)->size(), crash_file_bytes_max);
  EXPECT_NE(recalled()->verdict(one), "");
}

TEST_F(PoisonTest, AFileThatCannotBeReadIsToldAndIsAsIfNothingWereThere) {
  files_->put(path, line_of_one + line_of_one + line_of_one);
  files_->deny(path, true);
  EXPECT_EQ(recalled()->verdict(one), "");
  EXPECT_NE(told_.find("permission denied"), std::string::npos);
}

// fault 17 (within one process)
TEST_F(PoisonTest, AUnitThatCrashedThreeTimesTakesItsFileWithItAndNoOther) {
  files_->put("/in/a", "1 10\n2 20\n3 30\n");
  files_->put("/in/b", "4 40\n5 50\n");
  const FileRow row = entered("/in/a");
  const Matter second = matter_of(row, {.file = row.sequence, .epoch = row.epoch, .number = 1});
  crash_on(second, 3);
  EXPECT_EQ(pass(*recalled()).files_quarantined, 1U);
  EXPECT_EQ(totals(), (std::map<std::uint64_t, std::int64_t>{{4, 40}, {5, 50}}));
  EXPECT_NE(told_.find("/in/a is set aside: poison: it crashed weir 3 times"), std::string::npos);
  EXPECT_EQ(files_->contents(path), std::nullopt);
  for (const Matter& matter : seen_) {
    EXPECT_NE(matter.version, second.version);
  }
}

// fault 17 (a file of one unit, whose units the ledger is not asked for)
TEST_F(PoisonTest, AFileOfOneUnitIsSetAsideAsAnyOther) {
  files_->put("/in/a", "1 10\n");
  const FileRow row = entered("/in/a");
  crash_on(matter_of(row, {.file = row.sequence, .epoch = row.epoch, .number = 0}), 3);
  EXPECT_EQ(pass(*recalled()).files_quarantined, 1U);
  EXPECT_TRUE(totals().empty());
}

// fault 17 (a file that is offered again)
TEST_F(PoisonTest, AFileThatIsOfferedAgainIsCountedFromNoCrashes) {
  files_->put("/in/a", "1 10\n");
  const auto source = open_directory_source(*files_, {.paths = {"/in"}});
  const auto object = (*source)->look("/in/a");
  crash_on(matter_of_look(object->identity, object->token), 3);
  EXPECT_EQ(pass(*recalled()).files_quarantined, 1U);
  EXPECT_TRUE(seen_.empty());
  EXPECT_EQ(files_->contents(path), std::nullopt);
  const auto rows = store_->listings().files({});
  ASSERT_TRUE(rows && rows->size() == 1);
  EXPECT_TRUE(rows->front().reason.starts_with(cause::poison));
  ASSERT_TRUE(retry_file(*store_, rows->front()));
  crash_on(matter_of_look(object->identity, object->token), 2);
  EXPECT_EQ(pass(*recalled()).files_counted, 1U);
  EXPECT_EQ(totals(), (std::map<std::uint64_t, std::int64_t>{{1, 10}}));
}

TEST_F(PoisonTest, AUnitThatIsCountedMakesItsCrashesVoid) {
  files_->put("/in/a", "1 10\n2 20\n3 30\n");
  const FileRow row = entered("/in/a");
  const Matter second = matter_of(row, {.file = row.sequence, .epoch = row.epoch, .number = 1});
  crash_on(second, 2);
  EXPECT_EQ(pass(*recalled()).files_counted, 1U);
  EXPECT_EQ(files_->contents(path), std::nullopt);
  EXPECT_NE(std::find(seen_.begin(), seen_.end(), second), seen_.end());
}

TEST_F(PoisonTest, AnotherVersionOrPlanOfAFileIsAnotherMatter) {
  files_->put("/in/a", "1 10\n");
  FileRow row = entered("/in/a");
  const UnitId unit{.file = row.sequence, .number = 0};
  const Matter before = matter_of(row, unit);
  EXPECT_NE(before, matter_of(row, {.file = row.sequence, .epoch = 1, .number = 0}));
  EXPECT_NE(before, matter_of_look(row.identity, row.token));
  ++row.token.modified;
  EXPECT_NE(before, matter_of(row, unit));
}

TEST_F(PoisonTest, TasksOfAWorkerHoldWhatItHadInHand) {
  Onlooker onlooker(seen_);
  TasksInHand tasks(*tasks_, &onlooker);
  tasks.hand_on(one);
  const auto task = tasks.spawn("read-ahead", [] {});
  tasks.hand_on(other);
  task->join();
  EXPECT_EQ(seen_, std::vector<Matter>{one});
}

}  // namespace
}  // namespace weir
