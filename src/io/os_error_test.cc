// SPDX-License-Identifier: Apache-2.0
#include "io/os_error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace weir {
namespace {

// faults 22, 49
TEST(OsError, WhatAPersonOrTimeCanMendIsUnavailable) {
  for (const int os_code :
       {ENOSPC, EDQUOT, EROFS, EIO, EMFILE, ENFILE, ENOMEM, EACCES, EPERM, ESTALE, EAGAIN}) {
    EXPECT_EQ(kind_of_os_code(os_code), ErrorKind::unavailable) << os_code;
  }
}

TEST(OsError, WhatStaysWrongIsInvalid) {
  for (const int os_code : {ENOENT, ENOTDIR, EISDIR, ELOOP, EXDEV, ENAMETOOLONG, EEXIST, EINVAL,
                            ENOTEMPTY, EBADF, 0, 4711}) {
    EXPECT_EQ(kind_of_os_code(os_code), ErrorKind::invalid) << os_code;
  }
}

TEST(OsError, AMessageNamesTheFileTheReasonAndTheRemedy) {
  EXPECT_EQ(os_error("open", "day.txt", EACCES).message, "open day.txt: permission denied");
  EXPECT_EQ(os_error("open", "day.txt", EMFILE).message,
            "open day.txt: too many open files (raise the limit: ulimit -n)");
  EXPECT_EQ(os_error("open", "a\nb\x1b", ENOENT).message,
            "open a\\nb\\x1b: no such file or directory");
  EXPECT_EQ(os_error("open", "a", 4711).message, "open a: error 4711");
  EXPECT_EQ(os_error("open", "a", ERFKILL).os_code, ERFKILL);
}

TEST(OsError, AnotherKindThanAFileIsNamed) {
  EXPECT_EQ(not_a_file("open", "a", FileKind::folder).message, "open a: is a directory");
  EXPECT_EQ(not_a_file("open", "a", FileKind::other).message, "open a: a pipe, socket or device");
  EXPECT_EQ(not_a_file("open", "a", FileKind::symlink).os_code, ELOOP);
}

}  // namespace
}  // namespace weir
