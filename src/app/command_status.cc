// SPDX-License-Identifier: Apache-2.0
// Each part of the listing is a walk of its own through the ledger, so that a ledger of any size
// takes no memory.
#include <fmt/format.h>

#include <array>
#include <cerrno>

#include "app/checkpoints.h"
#include "app/json.h"
#include "app/ledger_pages.h"
#include "app/live_status.h"
#include "app/pool.h"
#include "app/session.h"
#include "app/summary.h"
#include "app/wiring.h"
#include "base/text.h"

namespace weir {
namespace {

constexpr std::uint64_t rows_shown_max = 20;  // of each part; JSON has all of them

struct Overview {
  std::array<std::uint64_t, 5> files = {};  // by state
  LineCounts counts;
};

Result<Overview> overview_of(Store& store) {
  Overview overview;
  TRY(each_file(store, {}, [&overview](const FileRow& row) -> Result<void> {
    ++overview.files[static_cast<std::size_t>(row.state)];
    overview.counts += row.counts;
    return {};
  }));
  return overview;
}

enum class Presence { unchanged, missing, changed, unknown };

Presence presence_of(FileSystem& files, const FileRow& row) {
  const auto path = absolute_path(row);
  if (!path) {
    return Presence::unknown;
  }
  const auto status = files.status(*path);
  if (!status) {
    return status.error().os_code == ENOENT ? Presence::missing : Presence::unknown;
  }
  const VersionToken& token = row.token;
  const bool same = status->size == token.size && status->inode == token.inode &&
                    status->modified == token.modified;
  return same ? Presence::unchanged : Presence::changed;
}

struct Part {
  std::string_view key;  // in JSON
  std::string_view title;
  std::vector<FileState> states;
  std::optional<Presence> presence = std::nullopt;  // nothing: it does not matter
};

const std::vector<Part>& parts() {
  static const std::vector<Part> all = {
      {"pending", "waiting to be counted", {FileState::pending}},
      {"quarantined", "set aside (`weir quarantine` decides)", {FileState::quarantined}},
      {"dropped", "dropped on request", {FileState::dropped}},
      {"revoked", "taken back", {FileState::revoked}},
      {"missing", "waiting, and no longer there", {FileState::pending}, Presence::missing},
      {"changed",
       "changed since accepted (the next ingest compares)",
       {FileState::pending, FileState::done},
       Presence::changed}};
  return all;
}

Result<void> each_of(Session& session, Store& store, const Part& part,
                     const std::function<void(const FileRow&)>& visit) {
  return each_file(store, part.states, [&](const FileRow& row) -> Result<void> {
    if (!part.presence || presence_of(session.system.machine.files, row) == *part.presence) {
      visit(row);
    }
    return session.output.status();
  });
}

std::string row_text(const FileRow& row) {
  std::string text = fmt::format("  {}  {}", row.sequence, escaped(row.path));
  if (row.state == FileState::pending && row.units > 0) {
    text += fmt::format("  {} % ({} of {} units)", std::uint64_t{row.units_done} * 100 / row.units,
                        row.units_done, row.units);
  }
  return row.reason.empty() ? text : text + "  " + escaped(row.reason);
}

Result<void> write_part(Session& session, Store& store, const Part& part) {
  std::uint64_t seen = 0;
  TRY(each_of(session, store, part, [&](const FileRow& row) {
    if (seen == 0) {
      session.output.line(fmt::format("{}:", part.title));
    }
    if (++seen <= rows_shown_max) {
      session.output.line(row_text(row));
    }
  }));
  if (seen > rows_shown_max) {
    session.output.line(
        fmt::format("  and {} more; --json has all of them", grouped(seen - rows_shown_max)));
  }
  return {};
}

// Of the watch that has the database; nothing: none runs.
std::optional<std::string> live_of(System& system, const FlowSettings& settings) {
  const auto socket = socket_of(system, settings);
  return socket ? ask_status(system, *socket) : std::nullopt;
}

Result<void> write_text(Session& session, Store& store, const FlowSettings& settings) {
  TRY_ASSIGN(const Overview overview, overview_of(store));
  const auto files = [&overview](FileState state) {
    return grouped(overview.files[static_cast<std::size_t>(state)]);
  };
  Output& output = session.output;
  output.line(fmt::format("flow      {}", escaped(settings.name)));
  output.line(fmt::format("database  {}, table {}", shown_store(settings), settings.store.table));
  output.line(fmt::format("files     {} counted, {} waiting, {} set aside, {} dropped, {} revoked",
                          files(FileState::done), files(FileState::pending),
                          files(FileState::quarantined), files(FileState::dropped),
                          files(FileState::revoked)));
  output.line(fmt::format("lines     {}: {} good, {} rejected, {} blank",
                          grouped(overview.counts.lines()), grouped(overview.counts.good),
                          grouped(overview.counts.rejected), grouped(overview.counts.blank)));
  if (const auto live = live_of(session.system, settings)) {
    output.line("watch     " + status_sentence(*live));
  }
  if (!settings.pool.lease.empty()) {
    output.line("pool      " + pool_sentence(pool_status(session.system, settings)));
  }
  for (const Part& part : parts()) {
    TRY(write_part(session, store, part));
  }
  return {};
}

void write_time(JsonWriter& json, std::string_view key, Nanoseconds wall) {
  json.key(key);
  wall == 0 ? json.null() : json.text(utc_text(wall));
}

void write_row(JsonWriter& json, const FileRow& row) {
  json.begin_object();
  json.field("file", row.sequence);
  json.field("path", row.path);
  json.field("state", name(row.state));
  json.field("reason", row.reason);
  json.field("bytes", row.token.size);
  json.field("units", row.units);
  json.field("units_done", row.units_done);
  json.field("lines", row.counts.lines());
  json.field("rejected", row.counts.rejected);
  write_time(json, "accepted_at", row.accepted_at);
  write_time(json, "finished_at", row.finished_at);
  json.end_object();
}

void write_pool(JsonWriter& json, const PoolStatus& status) {
  json.key("pool").begin_object();
  json.key("workers").begin_array();
  for (const PoolWorker& worker : status.workers) {
    json.begin_object();
    json.field("name", worker.name);
    json.field("units", worker.held);
    json.end_object();
  }
  json.end_array();
  json.field("trouble", status.trouble);
  json.end_object();
}

Result<void> write_json(Session& session, Store& store, const FlowSettings& settings) {
  TRY_ASSIGN(const Overview overview, overview_of(store));
  JsonWriter json(session.output);
  json.begin_object();
  json.field("flow", settings.name);
  json.field("store", shown_store(settings));
  json.field("table", settings.store.table);
  json.key("files").begin_object();
  for (const FileState state : {FileState::done, FileState::pending, FileState::quarantined,
                                FileState::dropped, FileState::revoked}) {
    json.field(name(state), overview.files[static_cast<std::size_t>(state)]);
  }
  json.end_object();
  if (const auto live = live_of(session.system, settings)) {
    json.key("watch").literal(*live);
  }
  if (!settings.pool.lease.empty()) {
    write_pool(json, pool_status(session.system, settings));
  }
  json.field("lines", overview.counts.lines());
  json.field("good", overview.counts.good);
  json.field("rejected", overview.counts.rejected);
  json.field("blank", overview.counts.blank);
  for (const Part& part : parts()) {
    json.key(part.key).begin_array();
    TRY(each_of(session, store, part, [&json](const FileRow& row) { write_row(json, row); }));
    json.end_array();
  }
  json.end_object();
  json.done();
  return {};
}

}  // namespace

int run_command(Session& session, const StatusCommand& command) {
  const OpenedStore opened = open_for(session, command.flow, StoreAccess::read);
  if (opened.store == nullptr) {
    return opened.exit;
  }
  Store& store = *opened.store;
  const auto written = command.checkpoints ? write_checkpoints(session, store, command.json)
                       : command.json      ? write_json(session, store, opened.settings)
                                           : write_text(session, store, opened.settings);
  if (!written) {
    return session.output.status() ? failed(session, Place::store, written.error()) : exit_io;
  }
  return exit_done;
}

}  // namespace weir
