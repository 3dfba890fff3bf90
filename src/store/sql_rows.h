// SPDX-License-Identifier: Apache-2.0
// Rows of our tables as values of the model, and back. Private to this folder.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/file.h"
#include "model/partial.h"
#include "store/sql_engine.h"

namespace weir {

// Counts and sizes stay below 2^63; an inode may not, and comes back as it was.
inline std::int64_t as_signed(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}
inline std::uint64_t as_unsigned(std::int64_t number) {
  return static_cast<std::uint64_t>(number);
}

// The columns of weir_file that make a FileRow, in the order of file_row.
extern const std::string_view file_columns;
// `corrupt`: a value is none that weir writes. `invalid`: a plan of a newer weir.
Result<FileRow> file_row(const SqlStatement& statement);
// Locked: nobody else changes it, or its units, before the transaction ends.
enum class Lock { no, yes };
Result<std::optional<FileRow>> find_file(SqlConnection& db, const std::string& flow,
                                         FileSequence file, Lock lock);
// Those whose column is one of the values, in any order, each once; `value`: what stands in the
// statement for one of them, with its `?`. A server is asked for many at a time.
Result<std::vector<FileRow>> find_files(SqlConnection& db, const std::string& flow,
                                        std::string_view column, std::string_view value,
                                        std::span<const SqlValue> among);
// Writes all of it but sequence, identity and the time of accepting, which never change.
Result<void> update_file(SqlConnection& db, const FileRow& row);

// Of one epoch, ascending.
Result<std::vector<UnitRow>> find_units(SqlConnection& db, FileSequence file, std::int32_t epoch);

// The condition for rows behind a place, in the order of these columns; the place is ?N, ?N+1, …
std::string behind(const SqlWords& words, std::initializer_list<std::string_view> columns, int n);

Result<Int128> sum_from(std::string_view text);
Result<UInt128> digest_from(std::string_view text);

}  // namespace weir
