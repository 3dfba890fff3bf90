// SPDX-License-Identifier: Apache-2.0
// What the contract asks of every store alike: the arithmetic of a file's row, what a sound ledger
// looks like, and the words of refusals. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/file.h"
#include "model/partial.h"
#include "store/store.h"

namespace weir {

// The row of a file that is entered now; without its sequence.
FileRow entered_row(const FileEntry& entry, std::int32_t epoch, Nanoseconds now);
// Its units' rows, all pending.
std::vector<UnitRow> entered_units(const FileEntry& entry, FileSequence file, std::int32_t epoch);

// Of a known file that is planned anew.
FileRow replanned_row(const FileRow& row, const FileEntry& entry, Nanoseconds now);

// Whether replanning to the entry would change nothing: a repeated call then has no effect.
bool planned_so(const FileRow& row, std::span<const UnitRow> units, const FileEntry& entry);

// One more of the file's units is done.
void count_unit(FileRow& row, const UnitOutcome& outcome);

bool all_done(const FileRow& row);

// Whether a unit may be committed, as far as its file tells; nullptr: there is none. The mark is
// the outcome's. `conflict`.
Result<void> check_open(const UnitId& unit, const FileRow* file, std::uint64_t entry_mark);
// Whether the file that was seen is the one that the ledger knows by its number. `conflict`.
Result<void> check_seen(const SeenFile& seen, const FileRow& row);
// A batch names each unit once, in order: so that every writer locks rows in the same order.
void check_ascending(std::span<const UnitOutcome> units);

// The same bytes under another token.
Result<void> repin_row(FileRow& row, const VersionToken& token);

// Takes the state that was asked for; a file with nothing left to count becomes done instead of
// pending. `invalid`: there is nothing planned to go on with.
Result<void> settle_row(FileRow& row, FileState state, const std::string& reason, Nanoseconds now);

// What does not hold between a file's row and its unit rows, a sentence each.
std::vector<std::string> ledger_faults(const FileRow& row, std::span<const UnitRow> units);

// Lines before each unit of the file's, ascending; as far as every earlier unit is done.
std::vector<std::uint64_t> lines_before_units(std::span<const UnitRow> units);

// Whether a listing shows the file, on whatever page.
bool matches(const FileQuery& query, const FileRow& row);

// `consumer` as people write it.
std::string consumer_text(const SumEntry& entry, KeyKind key);
// The id in a key as people write it; `invalid` where it is none.
Result<std::int64_t> consumer_id(std::string_view consumer);

Error unit_not_pending(const UnitId& unit, std::string_view why);
Error no_such_file(const SeenFile& file);
Error some_unit_done(FileSequence file);
Error sum_does_not_fit(std::string_view consumer, Int128 stored, Int128 added);
Error partial_is_not_its_units(Int128 partial, Int128 units);

}  // namespace weir
