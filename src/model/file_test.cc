// SPDX-License-Identifier: Apache-2.0
#include "model/file.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(FileState, EveryStateHasItsName) {
  EXPECT_EQ(name(FileState::pending), "pending");
  EXPECT_EQ(name(FileState::done), "done");
  EXPECT_EQ(name(FileState::quarantined), "quarantined");
  EXPECT_EQ(name(FileState::dropped), "dropped");
  EXPECT_EQ(name(FileState::revoked), "revoked");
  EXPECT_EQ(name(ReleaseState::kept), "kept");
  EXPECT_EQ(name(ReleaseState::releasing), "releasing");
  EXPECT_EQ(name(ReleaseState::released), "released");
}

TEST(VersionToken, AnyDifferenceIsAnotherVersion) {
  const VersionToken token{.size = 1, .inode = 2, .modified = 3, .tag = "4"};
  EXPECT_EQ(token, (VersionToken{.size = 1, .inode = 2, .modified = 3, .tag = "4"}));
  EXPECT_NE(token, (VersionToken{.size = 9, .inode = 2, .modified = 3, .tag = "4"}));
  EXPECT_NE(token, (VersionToken{.size = 1, .inode = 9, .modified = 3, .tag = "4"}));
  EXPECT_NE(token, (VersionToken{.size = 1, .inode = 2, .modified = 9, .tag = "4"}));
  EXPECT_NE(token, (VersionToken{.size = 1, .inode = 2, .modified = 3, .tag = "9"}));
}

TEST(EntryMark, TellsApartWhatOneNumberWasGivenTo) {
  const FileRow row{.sequence = 1, .identity = "path:/in/a", .accepted_at = 7};
  FileRow other = row;
  other.units_done = 3;
  other.token.inode = 9;  // it was moved, and pinned anew
  EXPECT_EQ(entry_mark_of(row), entry_mark_of(other));
  other.identity = "path:/in/b";
  EXPECT_NE(entry_mark_of(row), entry_mark_of(other));
  other = row;
  other.accepted_at = 8;
  EXPECT_NE(entry_mark_of(row), entry_mark_of(other));
  EXPECT_NE(entry_mark_of({}), 0u);
}

}  // namespace
}  // namespace weir
