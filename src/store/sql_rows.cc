// SPDX-License-Identifier: Apache-2.0
#include "store/sql_rows.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace weir {
namespace {

Error not_ours(std::string_view what, std::string_view value) {
  return {ErrorKind::corrupt, "the ledger holds '" + escaped(value, 64) + "' as " +
                                  std::string(what) +
                                  ", which weir never writes: restore it from a backup"};
}

Result<FileState> state_from(std::string_view text) {
  for (const FileState state : file_states) {
    if (name(state) == text) {
      return state;
    }
  }
  return not_ours("the state of a file", text);
}

Result<ReleaseState> release_from(std::string_view text) {
  for (const ReleaseState state :
       {ReleaseState::kept, ReleaseState::releasing, ReleaseState::released}) {
    if (name(state) == text) {
      return state;
    }
  }
  return not_ours("the release of a file", text);
}

Result<UnitState> unit_state_from(std::string_view text) {
  if (text == "pending") {
    return UnitState::pending;
  }
  if (text == "done") {
    return UnitState::done;
  }
  return not_ours("the state of a unit", text);
}

Result<Plan> plan_from(const SqlStatement& row, int first, std::string_view path) {
  const auto compression = compression_from_name(row.bytes(first + 1));
  const auto format = format_from_text(row.bytes(first + 2));
  if (!compression || !format) {
    return Error{ErrorKind::invalid,
                 escaped(path) +
                     " was accepted with a plan that this version of weir cannot "
                     "honour ('" +
                     escaped(row.bytes(first + 2), 200) + "', " +
                     escaped(row.bytes(first + 1), 32) + "): use the version that accepted it"};
  }
  return Plan{.unit_bytes = as_unsigned(row.integer(first)),
              .compression = *compression,
              .format = *format};
}

LineCounts counts_from(const SqlStatement& row, int first) {
  return {.good = as_unsigned(row.integer(first)),
          .rejected = as_unsigned(row.integer(first + 1)),
          .blank = as_unsigned(row.integer(first + 2))};
}

}  // namespace

const std::string_view file_columns =
    "sequence, identity, path, size, inode, modified, tag, unit_bytes, compression, format, epoch, "
    "state, reason, accepted_at, finished_at, units, units_done, good, rejected, blank, sum, "
    "digest, final_newline, \"release\", release_target, released_at, history, rolled_up, replaces";

Result<FileRow> file_row(const SqlStatement& row) {
  FileRow file{.sequence = row.integer(0),
               .identity = std::string(row.bytes(1)),
               .path = std::string(row.bytes(2)),
               .token = {.size = as_unsigned(row.integer(3)),
                         .inode = as_unsigned(row.integer(4)),
                         .modified = row.integer(5),
                         .tag = std::string(row.bytes(6))},
               .epoch = static_cast<std::int32_t>(row.integer(10)),
               .reason = std::string(row.bytes(12)),
               .accepted_at = row.integer(13),
               .finished_at = row.integer(14),
               .units = static_cast<std::uint32_t>(row.integer(15)),
               .units_done = static_cast<std::uint32_t>(row.integer(16)),
               .counts = counts_from(row, 17),
               .final_newline = row.integer(22) != 0,
               .release_target = std::string(row.bytes(24)),
               .released_at = row.integer(25),
               .history = row.integer(26) != 0,
               .rolled_up = row.integer(27) != 0,
               .replaces = row.integer(28)};
  TRY_ASSIGN(file.plan, plan_from(row, 7, file.path));
  TRY_ASSIGN(file.state, state_from(row.bytes(11)));
  TRY_ASSIGN(file.sum, sum_from(row.bytes(20)));
  TRY_ASSIGN(file.digest, digest_from(row.bytes(21)));
  TRY_ASSIGN(file.release, release_from(row.bytes(23)));
  return file;
}

Result<std::optional<FileRow>> find_file(SqlConnection& db, const std::string& flow,
                                         FileSequence file, Lock lock) {
  TRY_ASSIGN(auto row,
             db.prepare("SELECT " + std::string(file_columns) +
                        " FROM weir_file WHERE sequence = ? AND flow = ?" +
                        std::string(lock == Lock::yes ? db.engine().words().locked : "")));
  TRY_ASSIGN(const bool found, row.find({file, flow}));
  if (!found) {
    return std::optional<FileRow>();
  }
  TRY_ASSIGN(FileRow values, file_row(row));
  return std::optional(std::move(values));
}

// Each question is a way to the server and back, and a statement that it knows already. Where there
// are fewer than it takes, the last one stands for the rest.
Result<std::vector<FileRow>> find_files(SqlConnection& db, const std::string& flow,
                                        std::string_view column, std::string_view value,
                                        std::span<const SqlValue> among) {
  constexpr std::size_t values_per_question = 64;
  std::string select = "SELECT " + std::string(file_columns) +
                       " FROM weir_file WHERE flow = ? AND " + std::string(column) + " IN (" +
                       std::string(value);
  for (std::size_t i = 1; i < values_per_question; ++i) {
    select += ", " + std::string(value);
  }
  TRY_ASSIGN(auto row, db.prepare(select + ")"));
  std::vector<FileRow> files;
  while (!among.empty()) {
    const auto some = among.first(std::min(among.size(), values_per_question));
    among = among.subspan(some.size());
    std::vector<SqlValue> values = {flow};
    values.insert(values.end(), some.begin(), some.end());
    values.resize(1 + values_per_question, some.back());
    TRY_ASSIGN(bool more, row.find_with(values));
    while (more) {
      TRY_ASSIGN(FileRow file, file_row(row));
      files.push_back(std::move(file));
      TRY_ASSIGN(more, row.next());
    }
  }
  return files;
}

Result<void> update_file(SqlConnection& db, const FileRow& row) {
  TRY_ASSIGN(auto update, db.prepare(R"(
      UPDATE weir_file SET path = ?, size = ?, inode = ?, modified = ?, tag = ?, unit_bytes = ?,
        compression = ?, format = ?, epoch = ?, state = ?, reason = ?, finished_at = ?, units = ?,
        units_done = ?, good = ?, rejected = ?, blank = ?, sum = ?, digest = ?, final_newline = ?,
        "release" = ?, release_target = ?, released_at = ?, history = ?, rolled_up = ?, replaces = ?
      WHERE sequence = ?)"));
  return update.run({SqlBlob{row.path},
                     as_signed(row.token.size),
                     as_signed(row.token.inode),
                     row.token.modified,
                     SqlBlob{row.token.tag},
                     as_signed(row.plan.unit_bytes),
                     name(row.plan.compression),
                     to_text(row.plan.format),
                     row.epoch,
                     name(row.state),
                     row.reason,
                     row.finished_at,
                     row.units,
                     row.units_done,
                     as_signed(row.counts.good),
                     as_signed(row.counts.rejected),
                     as_signed(row.counts.blank),
                     to_text(row.sum),
                     to_hex(row.digest),
                     row.final_newline ? 1 : 0,
                     name(row.release),
                     SqlBlob{row.release_target},
                     row.released_at,
                     row.history ? 1 : 0,
                     row.rolled_up ? 1 : 0,
                     row.replaces,
                     row.sequence});
}

Result<std::vector<UnitRow>> find_units(SqlConnection& db, FileSequence file, std::int32_t epoch) {
  TRY_ASSIGN(auto rows, db.prepare(R"(
      SELECT number, shard, begin_byte, end_byte, state, good, rejected, blank, sum, digest
      FROM weir_unit WHERE file = ? AND epoch = ? ORDER BY number, shard)"));
  std::vector<UnitRow> units;
  TRY_ASSIGN(bool more, rows.find({file, epoch}));
  while (more) {
    UnitRow unit{.id = {.file = file,
                        .epoch = epoch,
                        .number = static_cast<std::int32_t>(rows.integer(0)),
                        .shard = static_cast<std::int32_t>(rows.integer(1))},
                 .range = {as_unsigned(rows.integer(2)), as_unsigned(rows.integer(3))},
                 .counts = counts_from(rows, 5)};
    TRY_ASSIGN(unit.state, unit_state_from(rows.bytes(4)));
    TRY_ASSIGN(unit.sum, sum_from(rows.bytes(8)));
    TRY_ASSIGN(unit.digest, digest_from(rows.bytes(9)));
    units.push_back(unit);
    TRY_ASSIGN(more, rows.next());
  }
  return units;
}

// Where rows are not compared: a > ?1 OR (a = ?1 AND (b > ?2 OR (b = ?2 AND c > ?3))).
std::string behind(const SqlWords& words, std::initializer_list<std::string_view> columns, int n) {
  std::string names;
  std::string place;
  std::string nested;
  std::string closing;
  std::size_t left = columns.size();
  for (const std::string_view column : columns) {
    const std::string name(column);
    const std::string value = "?" + std::to_string(n++);
    names += (names.empty() ? "" : ", ") + name;
    place += (place.empty() ? "" : ", ") + value;
    const bool is_last = --left == 0;
    nested.append("(").append(name).append(" > ").append(value);
    if (!is_last) {
      nested.append(" OR (").append(name).append(" = ").append(value).append(" AND ");
    }
    closing += is_last ? ")" : "))";
  }
  return words.compares_rows ? "(" + names + ") > (" + place + ")" : nested + closing;
}

Result<Int128> sum_from(std::string_view text) {
  const auto sum = int128_from_text(text);
  if (!sum) {
    return not_ours("a sum", text);
  }
  return *sum;
}

Result<UInt128> digest_from(std::string_view text) {
  const auto digest = uint128_from_hex(text);
  if (!digest) {
    return not_ours("a digest", text);
  }
  return *digest;
}

}  // namespace weir
