// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/json.h"
#include "app/ledger_pages.h"
#include "app/session.h"
#include "app/summary.h"
#include "app/wiring.h"
#include "base/text.h"
#include "flow/quarantine.h"

namespace weir {
namespace {

using Action = QuarantineCommand::Action;

Result<std::vector<FileRow>> quarantined_files(Store& store) {
  std::vector<FileRow> rows;
  TRY(each_file(store, {FileState::quarantined}, [&rows](const FileRow& row) -> Result<void> {
    rows.push_back(row);
    return {};
  }));
  return rows;
}

void write_list(Session& session, const std::vector<FileRow>& rows) {
  for (const FileRow& row : rows) {
    session.output.line(
        fmt::format("{}  {}  {}", row.sequence, escaped(row.path), escaped(row.reason)));
  }
  if (rows.empty()) {
    return session.talk.say("no file is set aside");
  }
  session.talk.say(fmt::format(
      "{} set aside; mend it (or the settings) and `weir quarantine retry NUMBER`, or `weir "
      "quarantine drop NUMBER`",
      counted(rows.size(), "file")));
}

void write_json(Output& output, const std::vector<FileRow>& rows) {
  JsonWriter json(output);
  json.begin_object();
  json.key("quarantined").begin_array();
  for (const FileRow& row : rows) {
    json.begin_object();
    json.field("file", row.sequence);
    json.field("path", row.path);
    json.field("reason", row.reason);
    json.field("units", row.units);
    json.field("units_done", row.units_done);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  json.done();
}

int list(Session& session, const QuarantineCommand& command) {
  const OpenedStore opened = open_for(session, command.flow, StoreAccess::read);
  if (opened.store == nullptr) {
    return opened.exit;
  }
  const auto rows = quarantined_files(*opened.store);
  if (!rows) {
    return failed(session, Place::store, rows.error());
  }
  command.json ? write_json(session.output, *rows) : write_list(session, *rows);
  return exit_done;
}

Result<std::vector<FileRow>> chosen_files(System& system, Store& store,
                                          const QuarantineCommand& command) {
  if (command.all) {
    return quarantined_files(store);
  }
  std::vector<FileRow> rows;
  for (const std::string& file : command.files) {
    TRY_ASSIGN(auto row, find_file(system, store, file));
    rows.push_back(std::move(row));
  }
  return rows;
}

int decide(Session& session, Store& store, const QuarantineCommand& command) {
  const auto rows = chosen_files(session.system, store, command);
  if (!rows) {
    return failed(session, Place::store, rows.error());
  }
  const bool retried = command.action == Action::retry;
  for (const FileRow& row : *rows) {
    const auto done = retried ? retry_file(store, row) : drop_file(store, row);
    if (!done) {
      const bool is_state = done.error().kind == ErrorKind::invalid;
      return failed(session, is_state ? Place::usage : Place::store, done.error());
    }
    session.talk.say(fmt::format(
        "{}: {}", escaped(row.path),
        retried ? "the next ingest takes it again" : "dropped; it will not be counted"));
  }
  if (rows->empty()) {
    session.talk.say("no file is set aside");
  }
  return exit_done;
}

}  // namespace

int run_command(Session& session, const QuarantineCommand& command) {
  if (command.action == Action::list) {
    return list(session, command);
  }
  if (command.files.empty() != command.all) {
    return failed(session, Place::usage,
                  {ErrorKind::invalid, "name files by path or number, or take --all"});
  }
  const OpenedStore opened = open_to_correct(session, command.flow);
  if (opened.store == nullptr) {
    return opened.exit;
  }
  return decide(session, *opened.store, command);
}

}  // namespace weir
