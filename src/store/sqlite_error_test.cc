// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_error.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cerrno>

namespace weir {
namespace {

Error of(int code, int os_code = 0) {
  return sqlite_error("/a\nb.db", {.code = code, .os_code = os_code, .words = "words"});
}

// faults 22, 49, 50
TEST(SqliteError, TheKindSaysWhetherTryingAgainCanHelp) {
  for (const int code : {SQLITE_FULL, SQLITE_BUSY, SQLITE_BUSY_SNAPSHOT, SQLITE_LOCKED,
                         SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, SQLITE_NOMEM, SQLITE_READONLY,
                         SQLITE_READONLY_DBMOVED, SQLITE_PROTOCOL}) {
    EXPECT_EQ(of(code).kind, ErrorKind::unavailable) << code;
  }
  for (const int code : {SQLITE_CORRUPT, SQLITE_CORRUPT_INDEX, SQLITE_NOTADB, SQLITE_ERROR,
                         SQLITE_SCHEMA, SQLITE_MISMATCH, SQLITE_PERM}) {
    EXPECT_EQ(of(code).kind, ErrorKind::corrupt) << code;
  }
  EXPECT_EQ(of(SQLITE_CONSTRAINT_DATATYPE).kind, ErrorKind::invalid);
  for (const int os_code : {EMFILE, ENFILE, ENOSPC, EDQUOT, EROFS, EIO}) {
    EXPECT_EQ(of(SQLITE_CANTOPEN, os_code).kind, ErrorKind::unavailable) << os_code;
  }
  for (const int os_code : {0, EACCES, ENOENT, EISDIR, ENOTDIR}) {
    EXPECT_EQ(of(SQLITE_CANTOPEN_FULLPATH, os_code).kind, ErrorKind::invalid) << os_code;
  }
}

TEST(SqliteError, TheMessageNamesTheFileTheCauseAndARemedy) {
  const Error error = of(SQLITE_IOERR_WRITE, EDQUOT);
  EXPECT_EQ(error.message, "sqlite: /a\\nb.db: words (Disk quota exceeded)");
  EXPECT_EQ(error.os_code, EDQUOT);
  EXPECT_EQ(of(SQLITE_FULL).message, "sqlite: /a\\nb.db: words; make room on its disk");
  EXPECT_EQ(of(SQLITE_FULL).os_code, ENOSPC);
  EXPECT_EQ(of(SQLITE_BUSY).os_code, 0);
}

// fault 25
TEST(SqliteError, AfterAnErrorOfTheDiskTheConnectionIsLost) {
  for (const int code : {SQLITE_IOERR_FSYNC, SQLITE_IOERR_WRITE, SQLITE_CORRUPT, SQLITE_NOTADB,
                         SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_NOMEM}) {
    EXPECT_TRUE(connection_is_lost(code)) << code;
  }
  for (const int code : {SQLITE_FULL, SQLITE_BUSY, SQLITE_CONSTRAINT_UNIQUE, SQLITE_ERROR}) {
    EXPECT_FALSE(connection_is_lost(code)) << code;
  }
}

}  // namespace
}  // namespace weir
