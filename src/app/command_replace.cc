// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <utility>

#include "app/json.h"
#include "app/ledger_pages.h"
#include "app/progress.h"
#include "app/session.h"
#include "app/summary.h"
#include "app/wiring.h"
#include "base/text.h"
#include "flow/replace.h"

namespace weir {
namespace {

void write_json(Output& output, const FileRow& old_file, const std::string& new_file,
                const IngestSummary& summary) {
  JsonWriter json(output);
  json.begin_object();
  json.key("replaced").begin_object();
  json.field("file", old_file.sequence);
  json.field("path", old_file.path);
  json.field("by", new_file);
  json.field("lines", summary.counts.lines());
  json.field("rejected", summary.counts.rejected);
  json.end_object();
  json.end_object();
  json.done();
}

Result<IngestSummary> replace(Session& session, const OpenedStore& opened, const FileRow& old_file,
                              const std::string& new_file) {
  System& system = session.system;
  FlowSettings settings = opened.settings;
  settings.source.paths = {new_file};
  TRY_ASSIGN(const auto from, open_source(system, settings.source));
  TRY_ASSIGN(settings.fold.spill_folder, spill_folder_of(system, settings));
  Display display(session);
  const Notes notes = display.notes();
  return replace_file(from.seen_from(system.machine), *from.source, *opened.store, settings,
                      old_file, display.progress(), notes, system.stop);
}

int tell(Session& session, const ReplaceCommand& command, const FileRow& old_file,
         const IngestSummary& summary) {
  if (summary.files_counted == 0) {
    session.talk.error(escaped(command.new_file) +
                       " is accepted, but was not counted: the same command goes on with it");
    return summary.files_quarantined > 0 ? exit_attention : exit_unavailable;
  }
  session.talk.say(fmt::format("{} is taken back, and {} counted in its place: {}",
                               escaped(old_file.path), escaped(command.new_file),
                               counted(summary.counts.lines(), "line")));
  if (command.json) {
    write_json(session.output, old_file, command.new_file, summary);
  }
  return exit_done;
}

}  // namespace

int run_command(Session& session, const ReplaceCommand& command) {
  const OpenedStore opened = open_to_correct(session, command.flow);
  if (opened.store == nullptr) {
    return opened.exit;
  }
  const auto old_file = find_file(session.system, *opened.store, command.old_file);
  if (!old_file) {
    return failed(session, Place::store, old_file.error());
  }
  const auto summary = replace(session, opened, *old_file, command.new_file);
  if (!summary) {
    const bool refused = summary.error().kind == ErrorKind::invalid;
    return failed(session, refused ? Place::source : Place::store, summary.error());
  }
  return tell(session, command, *old_file, *summary);
}

}  // namespace weir
