// SPDX-License-Identifier: Apache-2.0
// What disks and people do to the files of a database: removed, truncated, bits flipped. Whatever
// it was, the store says so, or it is still exact: what the ledger has as counted is in the totals,
// once. It never starts afresh in silence.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "base/random.h"
#include "store/sqlite.h"
#include "support/manual_clock.h"
#include "support/power_loss_vfs.h"
#include "support/sql.h"
#include "support/store_job.h"
#include "support/temporary_folder.h"

namespace weir::testing {
namespace {

namespace fs = std::filesystem;

using Files = std::map<std::string, std::string>;  // by what comes after the database's path

class Damaged {
 public:
  explicit Damaged(const Files& files) {
    for (const auto& [suffix, bytes] : files) {
      write_file(path() + suffix, bytes);
    }
  }
  std::string path() const { return folder_ / "weir.db"; }

  // What is found of the damage, by opening, preparing and auditing; empty: nothing, and then all
  // must be exact.
  std::string found() {
    auto opened = open_sqlite_store(clock_, {.path = path()});
    if (!opened) {
      return told(opened.error());
    }
    Store& store = **opened;
    if (const auto prepared = store.schema().prepare(); !prepared) {
      return told(prepared.error());
    }
    const auto books = store.audit().books();
    if (!books) {
      return told(books.error());
    }
    return imbalance(store);
  }
  std::string wrong() {
    const auto store = open_sqlite_store(clock_, {.path = path()});
    return wrong_with(**store, {});
  }

 private:
  static std::string told(const Error& error) {
    EXPECT_NE(error.kind, ErrorKind::unavailable) << error.message;  // trying again cannot help
    return error.message;
  }

  const TemporaryFolder folder_;
  ManualClock clock_;
};

class SqliteDamage : public ::testing::Test {
 protected:
  // The files of a job half done, copied under a running writer: part of it in the log alone.
  static Files copies() {
    const TemporaryFolder folder;
    const std::string path = folder / "weir.db";
    ManualClock clock;
    const auto store = open_sqlite_store(clock, {.path = path});
    const auto take = [&](StoreJob job) { return job.run(**store); };
    CHECK(take({}));
    const FileEntry entry = entry_of("e", 3);
    const FileSequence file = (*store)->ledger().enter({&entry, 1})->front().sequence;
    CHECK(OwnedBatch().add({.file = file}, sums_of_unit("e", 0)).commit_to(**store));
    Files files;
    for (const char* const suffix : {"", "-wal", "-shm", ".weir"}) {
      files[suffix] = file_bytes(path + suffix);
    }
    return files;
  }
  // The same, closed: all is in the database.
  static Files closed_copies() {
    const Damaged whole(copies());
    ManualClock clock;
    {
      auto store = open_sqlite_store(clock, {.path = whole.path()});
      CHECK(store && (*store)->schema().prepare());
      const FileEntry entry = entry_of("f", 1);
      CHECK((*store)->ledger().enter({&entry, 1}));
    }
    CHECK(!fs::exists(whole.path() + "-wal"));
    return {{"", file_bytes(whole.path())}, {".weir", file_bytes(whole.path() + ".weir")}};
  }

  // Found, or exact.
  static void expect_sound(const Files& files, const std::string& what) {
    Damaged damaged(files);
    if (damaged.found().empty()) {
      EXPECT_EQ(damaged.wrong(), "") << what;
    }
  }

  const PowerLossVfs disk_;  // nothing fails; it only does not wait for syncs
};

TEST_F(SqliteDamage, UndamagedCopiesAreWhole) {
  for (const Files& files : {copies(), closed_copies()}) {
    EXPECT_EQ(Damaged(files).found(), "");
    EXPECT_EQ(Damaged(files).wrong(), "");
  }
}

// fault 48
TEST_F(SqliteDamage, RemovedFilesAreNoticedOrNotNeeded) {
  for (const Files& whole : {copies(), closed_copies()}) {
    for (int removed = 1; removed < 15; ++removed) {
      Files files = whole;
      int bit = 1;
      std::string what;
      for (const char* const suffix : {"", "-wal", "-shm", ".weir"}) {
        if ((removed & bit) != 0) {
          files.erase(suffix);
          what += std::string(suffix) + " removed ";
        }
        bit *= 2;
      }
      expect_sound(files, what);
      if (!files.contains("") && files.contains(".weir")) {
        EXPECT_NE(Damaged(files).found(), "") << what;
      }
    }
  }
}

// fault 48
TEST_F(SqliteDamage, TruncatedFilesAreNoticedOrExact) {
  const auto random = seeded_random(48);
  for (const Files& whole : {copies(), closed_copies()}) {
    for (const auto& [suffix, bytes] : whole) {
      for (int i = 0; i < 15; ++i) {
        Files files = whole;
        const std::size_t size =
            i == 0 ? 0 : random->next() % std::max<std::size_t>(1, bytes.size());
        files[suffix].resize(size);
        expect_sound(files, suffix + " truncated to " + std::to_string(size));
      }
    }
  }
}

// fault 48
TEST_F(SqliteDamage, FlippedBitsAreNoticedOrHarmless) {
  const auto random = seeded_random(49);
  for (const Files& whole : {copies(), closed_copies()}) {
    for (const auto& [suffix, bytes] : whole) {
      for (int i = 0; i < 60; ++i) {
        Files files = whole;
        std::size_t at = random->next() % bytes.size();
        while (bytes[at] == 0 && random->next() % 8 != 0) {
          at = random->next() % bytes.size();  // rather where something stands
        }
        files[suffix][at] = static_cast<char>(files[suffix][at] ^ (1 << random->next() % 8));
        expect_sound(files, suffix + " flipped at " + std::to_string(at));
        if (HasFailure()) {
          return;
        }
      }
    }
  }
}

struct Planted {
  const char* statement;
  const char* found;
};

// fault 48
TEST_F(SqliteDamage, WhatIsPlantedInTheLedgerIsFoundByTheBooks) {
  const Files whole = closed_copies();
  const std::vector<Planted> plants = {
      {"UPDATE usage SET amount = amount + 1 WHERE consumer = 5", "totals"},
      {"UPDATE usage SET consumer = 1000000 WHERE consumer = (SELECT max(consumer) FROM usage)",
       "totals"},
      {"DELETE FROM usage WHERE amount <> 0 AND consumer = (SELECT min(consumer) FROM usage "
       "WHERE amount <> 0)",
       "totals"},
      {"UPDATE weir_table SET base_amount = '1'", "totals"},
      {"UPDATE weir_table SET base_amount = 'x'", "never writes"},
      {"UPDATE weir_batch SET amount = '1' WHERE number = 1", "totals"},
      {"UPDATE weir_batch SET units = units + 1 WHERE number = 1", "units"},
      {"DELETE FROM weir_batch WHERE number = 2", "units"},
      {"UPDATE weir_file SET sum = '1' WHERE sequence = 1", "units are not"},
      {"UPDATE weir_file SET units_done = 0 WHERE sequence = 5", "not the sum of its done units"},
      {"UPDATE weir_file SET state = 'pending' WHERE sequence = 1", "all of its units are done"},
      {"UPDATE weir_file SET state = 'bending' WHERE sequence = 1", "never writes"},
      {"UPDATE weir_file SET state = 'done' WHERE sequence = 5", "not all of its units"},
      {"UPDATE weir_file SET digest = 'x' WHERE sequence = 1", "never writes"},
      {"UPDATE weir_unit SET state = 'done' WHERE file = 5", "not the sum of its done units"},
      {"UPDATE weir_unit SET state = 'pending'", "not the sum of its done units"},
      {"UPDATE weir_unit SET end_byte = end_byte + 1 WHERE file = 5 AND number = 0", "overlap"},
      {"DELETE FROM weir_unit WHERE file = 5 AND number = 1", "its plan 3"},
      {"UPDATE weir_unit SET number = 7 WHERE file = 5 AND number = 2", "overlap"},
      {"UPDATE weir_unit SET epoch = 9 WHERE file = 5 AND number = 1", "its plan 3"},
      {"INSERT INTO weir_unit SELECT 1, epoch, number, shard, begin_byte, end_byte, state, good, "
       "rejected, blank, sum, digest, done_at FROM weir_unit WHERE file = 5",
       "no open file"},
      {"DELETE FROM weir_file WHERE sequence = 5", "no open file"},
      {"INSERT INTO weir_reject VALUES(1, 0, 1, 0, 'decimal', '', 1)", "more rejects"},
      {"DROP INDEX weir_file_digest", ""},  // slower, and not wrong
  };
  for (const Planted& plant : plants) {
    Damaged damaged(whole);
    ASSERT_EQ(sql(damaged.path(), plant.statement), "") << plant.statement;
    const std::string found = damaged.found();
    if (*plant.found == '\0') {
      EXPECT_EQ(found, "") << plant.statement;
    } else {
      EXPECT_NE(found.find(plant.found), std::string::npos) << plant.statement << ": " << found;
    }
  }
}

}  // namespace
}  // namespace weir::testing
