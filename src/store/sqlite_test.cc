// SPDX-License-Identifier: Apache-2.0
// Opening SQLite's store: its marker and lock, readers, and whatever may lie where it should be.
#include "store/sqlite.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <filesystem>

#include "store/sqlite_place.h"
#include "support/child.h"
#include "support/manual_clock.h"
#include "support/sql.h"
#include "support/store_job.h"
#include "support/temporary_folder.h"

namespace weir::testing {
namespace {

namespace fs = std::filesystem;

class SqliteStore : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Store>> open(StoreAccess access = StoreAccess::write) {
    return open_sqlite_store(clock_, {.path = path_, .access = access, .busy_wait = 0});
  }
  // A database with a finished job in it, closed.
  void make() {
    const auto store = open();
    ASSERT_TRUE(store);
    ASSERT_TRUE(job_.run(**store));
  }
  void expect_made() {
    const auto store = open();
    ASSERT_TRUE(store) << store.error().message;
    EXPECT_EQ(wrong_with(**store, job_.answered()), "");
    EXPECT_EQ(counted_units(**store)->size(), 10u);
  }
  void expect_refused(StoreAccess access, ErrorKind kind, const std::vector<std::string>& words) {
    const auto store = open(access);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().kind, kind) << store.error().message;
    for (const std::string& word : words) {
      EXPECT_NE(store.error().message.find(word), std::string::npos) << store.error().message;
    }
  }

  const TemporaryFolder folder_;
  const std::string path_ = folder_ / "weir.db";
  const std::string marker_ = folder_ / "weir.db.weir";
  ManualClock clock_;
  StoreJob job_;
};

TEST_F(SqliteStore, AFreshPathBecomesADatabaseThatAPersonCanRead) {
  make();
  EXPECT_EQ(sql(path_, "PRAGMA page_size"), "32768");
  EXPECT_EQ(sql(path_, "PRAGMA journal_mode"), "wal");
  EXPECT_EQ(sql(path_,
                "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND NOT strict"
                " AND name NOT LIKE 'sqlite_%'"),
            "0");
  EXPECT_EQ(sql(path_, "SELECT sum(amount) = (SELECT sum(amount) FROM weir_batch) FROM usage"),
            "1");
  EXPECT_EQ(sql(path_, "SELECT state FROM weir_file WHERE path = CAST('/in/a' AS BLOB)"), "done");
  EXPECT_EQ(file_bytes(marker_).substr(0, 32),
            sql(path_, "SELECT value FROM weir_meta WHERE name = 'incarnation'"));
  EXPECT_FALSE(fs::exists(path_ + "-wal"));  // closed: all is in one file
}

TEST_F(SqliteStore, ReadingMakesNothing) {
  const auto store = open(StoreAccess::read);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().kind, ErrorKind::invalid);
  EXPECT_EQ(store.error().os_code, ENOENT);
  EXPECT_NE(store.error().message.find(path_), std::string::npos);
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

// fault 20
TEST_F(SqliteStore, ASecondWriterIsRefusedInAnyProcess) {
  const auto first = open();
  ASSERT_TRUE(first);
  expect_refused(StoreAccess::write, ErrorKind::conflict, {path_, marker_, "another weir"});
  EXPECT_TRUE(
      passes_in_child([&] { expect_refused(StoreAccess::write, ErrorKind::conflict, {path_}); }));
}

// faults 19, 20
TEST_F(SqliteStore, TheLockGoesWithItsProcessAndToNoOther) {
  EXPECT_FALSE(passes_in_child([&] {
    const auto store = open();
    (void)!(*store)->schema().prepare();
    std::raise(SIGKILL);
  }));
  const auto store = open();
  ASSERT_TRUE(store);
  ASSERT_TRUE((*store)->schema().prepare());
  int descriptors = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    if (fs::read_symlink(entry, ignored).string().starts_with(folder_.path())) {
      const int flags = ::fcntl(std::stoi(entry.path().filename()), F_GETFD);
      EXPECT_TRUE((flags & FD_CLOEXEC) != 0) << fs::read_symlink(entry);
      ++descriptors;
    }
  }
  EXPECT_GE(descriptors, 3);  // marker, database, log
}

TEST_F(SqliteStore, AReaderReadsBesideAWriterAndCannotWrite) {
  const auto writer = open();
  ASSERT_TRUE(job_.run(**writer));
  const auto reader = open(StoreAccess::read);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(wrong_with(**reader, job_.answered()), "");
  const FileEntry entry = entry_of("z", 1);
  const auto entered = (*reader)->ledger().enter({&entry, 1});
  EXPECT_EQ(entered.error().kind, ErrorKind::invalid);
  ASSERT_TRUE((*writer)->ledger().enter({&entry, 1}));
  EXPECT_EQ((*reader)->listings().files({})->back().path, "/in/z");
}

TEST_F(SqliteStore, ReadersDoNotWaitForAScanNorHoldUpCommits) {
  const auto store = open();
  ASSERT_TRUE(job_.run(**store));
  const Sums before = *totals_of(**store);
  const FileEntry entry = entry_of("z", 1);
  bool committed = false;
  Sums scanned;
  const auto done = (*store)->totals().scan([&](const SumEntry& total) -> Result<void> {
    if (!committed) {  // in the middle of the scan
      const FileSequence file = (*store)->ledger().enter({&entry, 1})->front().sequence;
      committed = bool(OwnedBatch().add({.file = file}, Amounts{{1, 1}}).commit_to(**store));
    }
    scanned[{.id = total.id, .text = {}}] = total.sum;
    return {};
  });
  EXPECT_TRUE(done);
  EXPECT_TRUE(committed);
  EXPECT_EQ(scanned, before);  // one snapshot
}

// fault 48
TEST_F(SqliteStore, AVanishedDatabaseIsNeverStartedAfresh) {
  make();
  fs::remove(path_);
  for (const StoreAccess access : {StoreAccess::write, StoreAccess::read}) {
    expect_refused(access, ErrorKind::corrupt, {"remove both " + path_ + " and " + marker_});
    EXPECT_FALSE(fs::exists(path_));
  }
  write_file(path_, "");  // nor an emptied one
  expect_refused(StoreAccess::write, ErrorKind::corrupt, {"gone or empty", marker_});
  expect_refused(StoreAccess::read, ErrorKind::corrupt, {"gone or empty", marker_});
  fs::remove(path_);
  fs::remove(marker_);
  const auto store = open();
  ASSERT_TRUE(store);
  EXPECT_EQ(*(*store)->schema().version(), 0);
}

TEST_F(SqliteStore, ALostMarkerIsMadeAgain) {
  make();
  const std::string marker = file_bytes(marker_);
  fs::remove(marker_);
  expect_made();
  EXPECT_EQ(file_bytes(marker_), marker);
}

// fault 48
TEST_F(SqliteStore, AnotherDatabaseInItsPlaceIsNoticed) {
  make();
  fs::rename(path_, folder_ / "ours.db");
  {
    const auto other = open_sqlite_store(clock_, {.path = folder_ / "other.db"});
    ASSERT_TRUE((*other)->schema().prepare());
  }
  fs::rename(folder_ / "other.db", path_);
  for (const StoreAccess access : {StoreAccess::write, StoreAccess::read}) {
    expect_refused(access, ErrorKind::corrupt, {"another database", "remove " + marker_});
  }
  fs::rename(folder_ / "ours.db", path_);
  expect_made();
}

// fault 66 (a restored copy, without servers)
TEST_F(SqliteStore, ARestoredCopyIsTheSameDatabaseAndCountsWhatItHasForgotten) {
  {
    const auto store = open();
    ASSERT_TRUE((*store)->schema().prepare());
  }
  fs::copy(path_, folder_ / "backup.db");
  make();
  fs::copy(folder_ / "backup.db", path_, fs::copy_options::overwrite_existing);
  const auto store = open();
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ(counted_units(**store)->size(), 0u);
  StoreJob again;
  ASSERT_TRUE(again.run(**store));
  EXPECT_EQ(wrong_with(**store, again.answered()), "");
}

// fault 11
TEST_F(SqliteStore, AnInterruptedFirstStartIsTakenUp) {
  write_file(marker_, "");
  make();
  expect_made();
}

TEST_F(SqliteStore, ATornMarkerStillSaysThatADatabaseWasHere) {
  make();
  const std::string marker = file_bytes(marker_);
  write_file(marker_, std::string(40, '\0'));
  expect_made();
  EXPECT_EQ(file_bytes(marker_), marker);
  write_file(marker_, std::string(40, '\0'));
  fs::remove(path_);
  expect_refused(StoreAccess::write, ErrorKind::corrupt, {"gone or empty"});
}

TEST_F(SqliteStore, WhatIsNoDatabaseIsRefused) {
  write_file(path_, "consumer amount\n1 2\n" + std::string(1000, 'x'));
  expect_refused(StoreAccess::read, ErrorKind::corrupt, {path_, "not a database"});
  expect_refused(StoreAccess::write, ErrorKind::corrupt, {path_, "not a database"});
}

TEST_F(SqliteStore, PathsThatCanHoldNoDatabaseAreRefused) {
  for (const std::string& path :
       {std::string(), folder_.path() + "/", folder_.path(), folder_ / "missing/weir.db",
        folder_.path() + std::string("/a\0b", 4)}) {
    const auto store = open_sqlite_store(clock_, {.path = path});
    ASSERT_FALSE(store) << path;
    EXPECT_EQ(store.error().kind, ErrorKind::invalid) << store.error().message;
  }
}

TEST_F(SqliteStore, ALinkLeadsToTheSameDatabaseAndTheSameLock) {
  make();
  fs::create_directory(folder_ / "elsewhere");
  fs::create_symlink(path_, folder_ / "elsewhere/link.db");
  const auto first = open_sqlite_store(clock_, {.path = folder_ / "elsewhere/link.db"});
  ASSERT_TRUE(first) << first.error().message;
  expect_refused(StoreAccess::write, ErrorKind::conflict, {path_});
}

// fault 146
TEST_F(SqliteStore, ANewerSchemaIsRefused) {
  make();
  sql(path_, "UPDATE weir_meta SET value = '3' WHERE name = 'schema_version'");
  for (const StoreAccess access : {StoreAccess::write, StoreAccess::read}) {
    expect_refused(access, ErrorKind::invalid, {path_, "newer weir (schema 3", "use that version"});
  }
  sql(path_, "UPDATE weir_meta SET value = '2' WHERE name = 'schema_version'");
  expect_made();
}

// fault 48
TEST_F(SqliteStore, ADatabaseRemovedUnderARunningWriterIsNoticed) {
  const auto store = open();
  ASSERT_TRUE((*store)->schema().prepare());
  fs::rename(path_, folder_ / "away.db");
  const FileEntry entry = entry_of("a", 1);
  for (int i = 0; i < 2; ++i) {  // nor is another one made in its place
    const auto entered = (*store)->ledger().enter({&entry, 1});
    ASSERT_FALSE(entered);
    EXPECT_EQ(entered.error().kind, ErrorKind::corrupt);
    EXPECT_FALSE(fs::exists(path_));
  }
  fs::rename(folder_ / "away.db", path_);
  EXPECT_TRUE((*store)->ledger().enter({&entry, 1}));
}

TEST_F(SqliteStore, AForeignWriterMakesItWait) {
  const auto store = open();
  ASSERT_TRUE((*store)->schema().prepare());
  sqlite3* foreign = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &foreign), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(foreign, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const FileEntry entry = entry_of("a", 1);
  const auto entered = (*store)->ledger().enter({&entry, 1});
  EXPECT_EQ(entered.error().kind, ErrorKind::unavailable);
  EXPECT_NE(entered.error().message.find("another program is writing"), std::string::npos);
  sqlite3_exec(foreign, "COMMIT", nullptr, nullptr, nullptr);
  EXPECT_TRUE((*store)->ledger().enter({&entry, 1}));
  sqlite3_close(foreign);
}

// fault 49
TEST_F(SqliteStore, AFolderThatTakesNoFilesIsReadAndNotWritten) {
  make();
  ::chmod(folder_.path().c_str(), 0555);
  EXPECT_TRUE(passes_as_nobody([&] {
    const auto reader = open(StoreAccess::read);
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_EQ(wrong_with(**reader, job_.answered()), "");
    EXPECT_FALSE(fs::exists(path_ + "-wal"));
    const auto writer = open();
    ASSERT_FALSE(writer);
    EXPECT_EQ(writer.error().os_code, EACCES) << writer.error().message;
  }));
  ::chmod(folder_.path().c_str(), 0755);
}

TEST_F(SqliteStore, AReaderWithoutRightsReadsBesideAWriter) {
  const auto writer = open();
  ASSERT_TRUE(job_.run(**writer));
  ::chmod(folder_.path().c_str(), 0755);
  EXPECT_TRUE(passes_as_nobody([&] {
    const auto reader = open(StoreAccess::read);
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_EQ(wrong_with(**reader, job_.answered()), "");
  }));
}

TEST_F(SqliteStore, AReaderOfAFileAsItLiesNoticesAWriter) {
  make();
  ::chmod(folder_.path().c_str(), 0555);
  EXPECT_TRUE(passes_in_child([&] {
    const bool is_root = ::geteuid() == 0;
    ASSERT_TRUE(!is_root || ::seteuid(nobody) == 0);
    const auto reader = open(StoreAccess::read);
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_EQ(wrong_with(**reader, job_.answered()), "");
    ASSERT_TRUE(!is_root || ::seteuid(0) == 0);
    ::chmod(folder_.path().c_str(), 0755);
    const FileEntry entry = entry_of("z", 1);
    {
      const auto writer = open();
      ASSERT_TRUE((*writer)->ledger().enter({&entry, 1}));
      EXPECT_EQ((*reader)->listings().files({})->back().path, "/in/z");
    }
    EXPECT_EQ((*reader)->listings().files({})->back().path, "/in/z");
  }));
}

// The log of a writer that was killed, and a folder that takes no new files.
TEST_F(SqliteStore, AReaderReadsTheLogOfAKilledWriterAndNeverWritesItBack) {
  EXPECT_FALSE(passes_in_child([&] {
    StoreJob job;
    const auto store = open();
    (void)!job.run(**store);
    std::raise(SIGKILL);
  }));
  const std::string database = file_bytes(path_);
  const std::string log = file_bytes(path_ + "-wal");
  ASSERT_NE(log, "");
  const auto read = [&] {
    const auto reader = open(StoreAccess::read);
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_EQ(wrong_with(**reader, {}), "");
    EXPECT_EQ(counted_units(**reader)->size(), 10u);
  };
  read();
  ::chmod(folder_.path().c_str(), 0555);
  EXPECT_TRUE(passes_as_nobody(read));
  EXPECT_EQ(file_bytes(path_), database);
  EXPECT_EQ(file_bytes(path_ + "-wal"), log);

  ::chmod(folder_.path().c_str(), 0755);
  fs::remove(path_ + "-shm");
  ::chmod(folder_.path().c_str(), 0555);
  EXPECT_TRUE(passes_as_nobody([&] {
    expect_refused(StoreAccess::read, ErrorKind::invalid, {"-wal", "once with a right to write"});
  }));
  ::chmod(folder_.path().c_str(), 0755);
  job_ = {};
  make();
  expect_made();
}

TEST(SqlitePlace, SharedFileSystemsAreKnownByTheirNumbers) {
  EXPECT_EQ(network_file_system(0x6969), "NFS");
  EXPECT_EQ(network_file_system(static_cast<long>(0xff534d42)), "an SMB share");
  EXPECT_EQ(network_file_system(static_cast<int>(0xfe534d42)), "an SMB share");  // sign extended
  EXPECT_EQ(network_file_system(0x00c36400), "CephFS");
  EXPECT_EQ(network_file_system(0x01021997), "a 9p file system");
  EXPECT_EQ(network_file_system(0x65735546), "a FUSE file system");
  for (const long local : {0xef53L, 0x58465342L, 0x9123683eL, 0x01021994L, 0x794c7630L}) {
    EXPECT_EQ(network_file_system(local), "");  // ext4, xfs, btrfs, tmpfs, overlayfs
  }
}

}  // namespace
}  // namespace weir::testing
