// SPDX-License-Identifier: Apache-2.0
#include "model/file.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <vector>

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
  other.state = FileState::done;
  other.release = ReleaseState::releasing;
  EXPECT_EQ(entry_mark_of(row), entry_mark_of(other));
  other.identity = "path:/in/b";
  EXPECT_NE(entry_mark_of(row), entry_mark_of(other));
  other = row;
  other.accepted_at = 8;
  EXPECT_NE(entry_mark_of(row), entry_mark_of(other));
  EXPECT_NE(entry_mark_of({}), 0u);
}

// fault 63 (a number, and an epoch, that are given again)
TEST(EntryMark, TellsApartWhatOneEpochWasPlannedFor) {
  const std::vector<std::function<void(FileRow&)>> changes = {
      [](FileRow& row) { row.token.size = 9; },
      [](FileRow& row) { row.token.inode = 9; },
      [](FileRow& row) { row.token.modified = 9; },
      [](FileRow& row) { row.token.tag = "9"; },
      [](FileRow& row) { row.plan.unit_bytes = 9; },
      [](FileRow& row) { row.plan.compression = Compression::xz; },
      [](FileRow& row) { row.plan.format.key = KeyKind::text; },
      [](FileRow& row) { row.plan.format.separator = Separator::blank; },
      [](FileRow& row) { row.plan.format.negative = true; },
      [](FileRow& row) { row.plan.format.record_bytes_max = 9; },
      [](FileRow& row) { row.plan.format.inflated_bytes_max = 9; },
  };
  std::set<std::uint64_t> marks = {entry_mark_of({})};
  for (const auto& change : changes) {
    FileRow row;
    change(row);
    EXPECT_TRUE(marks.insert(entry_mark_of(row)).second);
  }
}

}  // namespace
}  // namespace weir
