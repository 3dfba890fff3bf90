// SPDX-License-Identifier: Apache-2.0
// The contract of SeenFile: a call that names a file by its number, as it was seen, changes that
// file or none. A database that fell back gives numbers again.
#include <functional>

#include "support/history_contract.h"

namespace weir::testing {
namespace {

class SeenContract : public HistoryContract {
 protected:
  struct Call {
    std::string name;
    std::function<Result<void>(const SeenFile&)> make;
  };

  // All that change a file, or read of it; of one that is counted.
  std::vector<Call> calls() {
    FileEntry anew = entry_of("a", 1);
    ++anew.token.modified;
    VersionToken moved = anew.token;
    moved.inode = 8;
    const auto done = [](const auto& result) {
      return result ? Result<void>() : Result<void>(result.error());
    };
    return {
        {"replan", [=, this](const SeenFile& file) { return done(ledger().replan(file, anew)); }},
        {"supersede",
         [=, this](const SeenFile& file) { return done(ledger().supersede(file, anew)); }},
        {"settle",
         [this](const SeenFile& file) {
           return ledger().settle(file, FileState::quarantined, "changed");
         }},
        {"repin", [=, this](const SeenFile& file) { return ledger().repin(file, moved); }},
        {"release",
         [this](const SeenFile& file) {
           return ledger().release(file, ReleaseState::releasing, "/old/a");
         }},
        {"revoke",
         [=, this](const SeenFile& file) { return done(corrections().revoke(file, "why")); }},
    };
  }

  void expect_conflicts(const FileRow& seen) {
    const FileRow before = row_of("a");
    for (const Call& call : calls()) {
      const auto made = call.make(seen);
      ASSERT_FALSE(made) << call.name;
      EXPECT_EQ(made.error().kind, ErrorKind::conflict)
          << call.name << ": " << made.error().message;
    }
    const FileRow after = row_of("a");
    EXPECT_EQ(after.state, before.state);
    EXPECT_EQ(after.epoch, before.epoch);
    EXPECT_EQ(after.token, before.token);
    EXPECT_EQ(after.release, before.release);
    expect_totals({{1, 5}});
  }
};

INSTANTIATE_TEST_SUITE_P(Stores, SeenContract, ::testing::ValuesIn(store_worlds()),
                         [](const auto& about) { return about.param.name; });

// fault 63 (a worker names a file by a number that is another's now)
TEST_P(SeenContract, ANumberThatWasGivenToAnotherFileChangesNothing) {
  count("a", may_4, {{1, 5}});
  FileRow lost = row_of("a");
  lost.identity = "path:/in/b";
  expect_conflicts(lost);
  EXPECT_EQ(ledger().units(lost).error().kind, ErrorKind::conflict);
}

// fault 63 (the same file, entered or planned otherwise before the ledger fell back)
TEST_P(SeenContract, AnotherEntryOrPlanOfTheFileChangesNothing) {
  count("a", may_4, {{1, 5}});
  FileRow lost = row_of("a");
  ++lost.accepted_at;
  expect_conflicts(lost);
  lost = row_of("a");
  ++lost.plan.unit_bytes;
  expect_conflicts(lost);
}

// fault 63 (a number that the ledger has not given again)
TEST_P(SeenContract, ANumberThatIsGoneIsAConflictWhereItWasSeen) {
  count("a", may_4, {{1, 5}});
  FileRow lost = row_of("a");
  lost.sequence += 1000;
  expect_conflicts(lost);
  EXPECT_TRUE(ledger().units(lost)->empty());
  for (const Call& call : calls()) {
    EXPECT_EQ(call.make(lost.sequence).error().kind, ErrorKind::invalid) << call.name;
  }
}

TEST_P(SeenContract, WhatIsAsItWasSeenIsChangedAndARepeatedCallHasTheEffectOfOne) {
  count("a", may_4, {{1, 5}});
  enter("b", 1);
  FileEntry anew = entry_of("b", 2);
  const FileRow seen = row_of("b");
  for (int twice = 0; twice < 2; ++twice) {
    const auto row = ledger().replan(seen, anew);
    ASSERT_TRUE(row) << row.error().message;
    EXPECT_EQ(row->epoch, 1);
  }
  const FileRow planned = row_of("b");
  VersionToken moved = planned.token;
  moved.inode = 8;
  for (int twice = 0; twice < 2; ++twice) {
    EXPECT_TRUE(ledger().repin(planned, moved));
    EXPECT_EQ(ledger().units(row_of("b"))->size(), 2u);
    EXPECT_TRUE(ledger().settle(row_of("b"), FileState::quarantined, "changed"));
    EXPECT_TRUE(ledger().release(row_of("a"), ReleaseState::releasing, "/old/a"));
  }
  const FileRow counted = row_of("a");
  anew = entry_of("a", 1);
  ++anew.token.modified;
  for (int twice = 0; twice < 2; ++twice) {
    const auto row = ledger().supersede(counted, anew);
    ASSERT_TRUE(row) << row.error().message;
    EXPECT_EQ(row->epoch, 1);
  }
  const FileRow superseded = row_of("a");
  for (int twice = 0; twice < 2; ++twice) {
    EXPECT_TRUE(corrections().revoke(superseded, "why"));
  }
  expect_totals({{1, 0}});
}

}  // namespace
}  // namespace weir::testing
