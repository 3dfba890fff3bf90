// SPDX-License-Identifier: Apache-2.0
// What somebody else does to history and to the record of corrections in an SQLite database.
#include <gtest/gtest.h>

#include "store/sqlite.h"
#include "support/correction_job.h"
#include "support/manual_clock.h"
#include "support/power_loss_vfs.h"
#include "support/sql.h"
#include "support/temporary_folder.h"

namespace weir::testing {
namespace {

constexpr std::size_t steps_before_roll_up = 14;  // c and e are counted, a and b taken back

class SqliteHistoryDamage : public ::testing::Test {
 protected:
  SqliteHistoryDamage() {
    const auto store = open();
    const auto steps = CorrectionJob::steps();
    for (std::size_t i = 0; i < steps_before_roll_up; ++i) {
      CHECK(steps[i](*store));
    }
  }
  std::unique_ptr<Store> open() {
    auto store = open_sqlite_store(
        clock_, {.path = path_, .settings = {.keep = StoreSettings::Keep::history}});
    CHECK(store && (*store)->schema().prepare());
    return *std::move(store);
  }
  // All that the books complain of; or an error.
  std::string found() {
    const auto books = open()->audit().books();
    if (!books) {
      return books.error().message;
    }
    std::string all = imbalance(*open());
    for (const std::string& fault : books->faults) {
      all += "; " + fault;
    }
    return all;
  }

  const PowerLossVfs disk_;
  const TemporaryFolder folder_;
  const std::string path_ = folder_ / "weir.db";
  ManualClock clock_;
};

struct Planted {
  const char* statement;
  std::vector<std::string> found;
};

// fault 48 (history)
TEST_F(SqliteHistoryDamage, WhatIsPlantedInHistoryIsFoundByTheBooks) {
  EXPECT_EQ(found(), "");
  const std::string whole = file_bytes(path_);
  const std::vector<Planted> plants = {
      {"UPDATE usage_history SET amount = amount + 1 WHERE file = 3 AND consumer = 7 * 7",
       {"the history of usage is off by ", "the history of file 3 (/in/c) makes "}},
      {"UPDATE usage_history SET amount = amount + 1 - 2 * (file = 3) WHERE consumer = "
       "(SELECT min(consumer) FROM usage_history WHERE file = 3 AND consumer IN "
       "(SELECT consumer FROM usage_history WHERE file = 4))",
       {"the history of file 3 (/in/c) makes ", "the history of file 4 (/in/e) makes "}},
      {"DELETE FROM usage_history WHERE file = 4", {"off by", "file 4 (/in/e) makes 0, its row "}},
      {"UPDATE usage_history SET file = 77 WHERE file = 3", {"file 3 (/in/c) makes 0"}},
      {"UPDATE weir_file SET history = 0 WHERE sequence = 3", {"the history of usage is off by "}},
      {"UPDATE weir_file SET sum = '1', history = 1 WHERE sequence = 1",
       {"is revoked, and its row still holds what it added", "file 1 (/in/a) makes 0, its row 1"}},
      {"UPDATE weir_file SET release = 'gone' WHERE sequence = 3", {"never writes"}},
      {"UPDATE weir_table SET forgotten_amount = '5'", {"units are not the batches"}},
      {"UPDATE weir_table SET forgotten_history = '5'", {"the history of usage is off by -5"}},
      {"UPDATE weir_table SET forgotten_units = 1", {"the commits counted"}},
  };
  for (const Planted& plant : plants) {
    write_file(path_, whole);
    ASSERT_EQ(sql(path_, plant.statement), "") << plant.statement;
    const std::string told = found();
    for (const std::string& words : plant.found) {
      EXPECT_NE(told.find(words), std::string::npos) << plant.statement << ": " << told;
    }
  }
}

// fault 48 (history)
TEST_F(SqliteHistoryDamage, AFileWhoseHistoryIsNotItsSumIsNotTakenBack) {
  sql(path_, "UPDATE usage_history SET amount = amount + 1 WHERE file = 3 AND consumer = 7 * 7");
  const auto store = open();
  const Sums before = *totals_of(*store);
  const auto revoked = store->corrections().revoke(3, "");
  ASSERT_FALSE(revoked);
  EXPECT_EQ(revoked.error().kind, ErrorKind::corrupt);
  EXPECT_NE(revoked.error().message.find("the history of /in/c makes "), std::string::npos);
  EXPECT_EQ(*totals_of(*store), before);
}

TEST_F(SqliteHistoryDamage, WordsThatWeirNeverWritesAreToldAsSuch) {
  sql(path_,
      "UPDATE usage_history SET period = 'week' WHERE file = 3 AND consumer = 7 * 7; "
      "UPDATE weir_correction SET action = 'undo'");
  const auto store = open();
  for (const Error& error : {store->history().of_consumer({.consumer = "49"}).error(),
                             store->history().by_period({.consumer = "49"}).error(),
                             store->corrections().list(0, 10).error()}) {
    EXPECT_EQ(error.kind, ErrorKind::corrupt);
    EXPECT_NE(error.message.find("never writes"), std::string::npos) << error.message;
  }
}

}  // namespace
}  // namespace weir::testing
