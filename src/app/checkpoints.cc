// SPDX-License-Identifier: Apache-2.0
//   units of a file   done  done  open  done
//   its lines         1..40 ..95  ?     ?      → file,1,95, and one unit counted behind line 95
#include "app/checkpoints.h"

#include <fmt/format.h>

#include "app/json.h"
#include "app/ledger_pages.h"
#include "app/summary.h"
#include "base/text.h"

namespace weir {
namespace {

struct Counted {
  std::uint64_t lines = 0;         // from the first one on
  std::uint64_t units_behind = 0;  // counted, but behind an open one
};

Result<Counted> counted_of(Store& store, const FileRow& row) {
  if (row.state == FileState::done) {
    return Counted{.lines = row.counts.lines()};
  }
  TRY_ASSIGN(const auto units, store.ledger().units(row.sequence));
  Counted counted;
  bool gap = false;
  for (const UnitRow& unit : units) {
    const bool done = unit.state == UnitState::done;
    counted.lines += done && !gap ? unit.counts.lines() : 0;
    counted.units_behind += done && gap ? 1 : 0;
    gap = gap || !done;
  }
  return counted;
}

// RFC 4180: quotation marks where the path holds what would end the field.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    return text;
  }
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  }
  return quoted + '"';
}

void write_json_row(JsonWriter& json, const FileRow& row, const Counted& counted) {
  json.begin_object();
  json.field("file", row.sequence);
  json.field("path", row.path);
  json.field("start_line", counted.lines == 0 ? 0 : 1);
  json.field("end_line", counted.lines);
  json.field("units_behind", counted.units_behind);
  json.end_object();
}

void write_csv_row(Session& session, const FileRow& row, const Counted& counted) {
  Output& output = session.output;
  if (counted.lines > 0 || row.state == FileState::done) {
    output.line(fmt::format("{},{},{}", csv_field(output.terminal() ? escaped(row.path) : row.path),
                            counted.lines == 0 ? 0 : 1, counted.lines));
  }
  if (counted.units_behind > 0) {
    session.talk.say(
        fmt::format("{}: {} counted behind line {}; their line numbers are known "
                    "when what is between is counted",
                    escaped(row.path), weir::counted(counted.units_behind, "unit"), counted.lines));
  }
}

}  // namespace

Result<void> write_checkpoints(Session& session, Store& store, bool json) {
  JsonWriter writer(session.output);
  if (json) {
    writer.begin_object();
    writer.key("checkpoints").begin_array();
  } else {
    session.output.line("file,start_line,end_line");
  }
  TRY(each_file(store, {}, [&](const FileRow& row) -> Result<void> {
    TRY_ASSIGN(const Counted counted, counted_of(store, row));
    json ? write_json_row(writer, row, counted) : write_csv_row(session, row, counted);
    return session.output.status();
  }));
  if (json) {
    writer.end_array();
    writer.end_object();
    writer.done();
  }
  return {};
}

}  // namespace weir
