// SPDX-License-Identifier: Apache-2.0
#include "store/rules.h"

#include <gtest/gtest.h>

#include "support/store_cases.h"

namespace weir::testing {
namespace {

struct Counted {
  FileRow row;
  std::vector<UnitRow> units;
};

Counted half_counted() {
  const FileEntry entry = entry_of("a", 3);
  Counted file{entered_row(entry, 0, 1), entered_units(entry, 1, 0)};
  for (const std::size_t i : {0u, 2u}) {
    UnitOutcome outcome{.id = file.units[i].id, .counts = {.good = 4 + i}, .sum = 7};
    outcome.digest = 100 + i;
    file.units[i].state = UnitState::done;
    file.units[i].counts = outcome.counts;
    file.units[i].sum = outcome.sum;
    file.units[i].digest = outcome.digest;
    count_unit(file.row, outcome);
  }
  return file;
}

TEST(StoreRules, ASoundLedgerHasNoFaults) {
  const Counted file = half_counted();
  EXPECT_TRUE(ledger_faults(file.row, file.units).empty());
}

TEST(StoreRules, EveryDamageToALedgerIsSeen) {
  using Damage = void (*)(Counted&);
  const std::vector<Damage> damages = {
      [](Counted& file) { file.units[1].range.begin += 1; },
      [](Counted& file) { file.units[1].range.end = 19; },
      [](Counted& file) { file.units[2].range.end += 1; },
      [](Counted& file) { file.units[0].range.begin = 1; },
      [](Counted& file) { file.units.pop_back(); },
      [](Counted& file) { file.units[0].state = UnitState::pending; },
      [](Counted& file) { file.units[0].sum += 1; },
      [](Counted& file) { file.units[0].counts.blank += 1; },
      [](Counted& file) { file.units[0].digest += 1; },
      [](Counted& file) { file.row.sum += 1; },
      [](Counted& file) { file.row.units_done += 1; },
      [](Counted& file) { file.row.state = FileState::done; },
      [](Counted& file) { file.row.token.size += 1; }};
  for (std::size_t i = 0; i < damages.size(); ++i) {
    Counted file = half_counted();
    damages[i](file);
    EXPECT_FALSE(ledger_faults(file.row, file.units).empty()) << i;
  }
}

TEST(StoreRules, AFileFoldedIntoItsRowIsNeverPending) {
  FileRow row = entered_row(entry_of("a", 0), 0, 1);
  EXPECT_TRUE(ledger_faults(row, {}).empty());
  row.state = FileState::pending;
  EXPECT_FALSE(ledger_faults(row, {}).empty());
}

TEST(StoreRules, LinesAreKnownAsFarAsEveryEarlierUnitIsDone) {
  const Counted file = half_counted();
  EXPECT_EQ(lines_before_units(file.units), (std::vector<std::uint64_t>{0, 4}));
}

TEST(StoreRules, ConsumersAreWrittenAsPeopleDo) {
  EXPECT_EQ(*consumer_id("007"), 7);
  EXPECT_EQ(*consumer_id("9223372036854775807"), INT64_MAX);
  EXPECT_FALSE(consumer_id("9223372036854775808"));
  EXPECT_EQ(consumer_text({.id = 7, .text = {}}, KeyKind::integer), "7");
  EXPECT_EQ(consumer_text({.text = "x y"}, KeyKind::text), "x y");
}

}  // namespace
}  // namespace weir::testing
