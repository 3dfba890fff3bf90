// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/json.h"
#include "app/progress.h"
#include "app/session.h"
#include "app/summary.h"
#include "app/wiring.h"
#include "base/text.h"
#include "flow/events.h"
#include "flow/ingest.h"

namespace weir {
namespace {

std::string skipped_text(const std::map<std::string, std::uint64_t>& skipped) {
  std::string text;
  for (const auto& [reason, number] : skipped) {
    text +=
        fmt::format("{}{} ({})", text.empty() ? "passed over: " : ", ", grouped(number), reason);
  }
  return text;
}

std::string others_text(const IngestSummary& summary) {
  std::string text;
  const auto add = [&text](std::uint64_t number, std::string_view what) {
    if (number > 0) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(number), what);
    }
  };
  add(summary.files_known, "known before");
  add(summary.files_quarantined, "set aside");
  add(summary.files_waiting, "waiting");
  add(summary.files_unfinished, "still being written");
  add(summary.files_released, "put away");
  return text.empty() ? "" : "files: " + text;
}

RunNumbers numbers_of(const IngestSummary& summary, double seconds) {
  return {.files = summary.files_counted,
          .bytes = summary.bytes,
          .counts = summary.counts,
          .keys = summary.keys,
          .seconds = seconds};
}

Note done_note(const IngestSummary& summary, double seconds) {
  const RunNumbers numbers = numbers_of(summary, seconds);
  Note note{.event = event::ingest_done,
            .text = fmt::format("counted {}, {}", numbers_text(numbers),
                                counted(summary.commits, "commit")),
            .fields = fields_of(numbers)};
  note.fields.emplace_back(field::commits, std::to_string(summary.commits));
  return note;
}

// Of so many files or lines that someone should look at.
Note attention_note(std::string_view event, std::string_view what, std::uint64_t number,
                    std::string text) {
  return {.severity = Severity::warning,
          .event = event,
          .text = std::move(text),
          .fields = {{what, std::to_string(number)}}};
}

void tell_attention(Talk& talk, const IngestSummary& summary) {
  if (summary.counts.rejected > 0) {
    talk.tell(attention_note(event::ingest_rejects, field::rejects, summary.counts.rejected,
                             fmt::format("{} refused; `weir rejects` lists them",
                                         counted(summary.counts.rejected, "bad line"))));
  }
  if (summary.files_quarantined > 0) {
    talk.tell(
        attention_note(event::ingest_set_aside, field::files, summary.files_quarantined,
                       fmt::format("{} set aside; `weir quarantine` says why, and takes a decision",
                                   counted(summary.files_quarantined, "file"))));
  }
  if (summary.files_waiting > 0 && !summary.stopped) {
    talk.tell(attention_note(event::ingest_waits, field::files, summary.files_waiting,
                             fmt::format("{} could not be read now; the next ingest tries again",
                                         counted(summary.files_waiting, "file"))));
  }
}

void tell_summary(Talk& talk, const IngestSummary& summary, double seconds) {
  talk.tell(done_note(summary, seconds));
  for (const std::string& line : {others_text(summary), skipped_text(summary.skipped)}) {
    if (!line.empty()) {
      talk.say(line);
    }
  }
  tell_attention(talk, summary);
  if (summary.stopped) {
    talk.tell({.event = event::ingest_stopped,
               .text = "stopped on request; what is counted stands, and the next ingest goes on "
                       "from there"});
  }
}

void write_summary(Session& session, const IngestSummary& summary, double seconds) {
  JsonWriter json(session.output);
  json.begin_object();
  json.key("summary").begin_object();
  json.field("files_seen", summary.files_seen);
  json.field("files_known", summary.files_known);
  json.field("files_counted", summary.files_counted);
  json.field("files_quarantined", summary.files_quarantined);
  json.field("files_waiting", summary.files_waiting);
  json.field("files_unfinished", summary.files_unfinished);
  json.field("files_released", summary.files_released);
  write_numbers(json, numbers_of(summary, seconds));
  json.field("commits", summary.commits);
  json.key("commit_seconds").fraction(static_cast<double>(summary.committing) / 1e9);
  json.field("bytes_spilled", summary.bytes_spilled);
  json.key("stopped").truth(summary.stopped);
  json.key("skipped").begin_object();
  for (const auto& [reason, number] : summary.skipped) {
    json.field(reason, number);
  }
  json.end_object();
  json.end_object();
  json.end_object();
  json.done();
}

int exit_of(const IngestSummary& summary) {
  if (summary.files_quarantined > 0) {
    return exit_attention;
  }
  return summary.files_waiting > 0 && !summary.stopped ? exit_unavailable : exit_done;
}

int count(Session& session, const OpenedSource& from, Store& store, const FlowSettings& settings,
          const IngestCommand& command) {
  Display display(session);
  const Notes notes = display.notes();
  const auto poison = recalled_poison(session.system, settings, notes);
  const Machine machine = from.seen_from(session.system.machine);
  const auto summary = ingest(machine, *from.source, store, settings, display.progress(), notes,
                              session.system.stop, poison.get());
  const double seconds = display.seconds();
  display.finish();
  if (!summary) {
    return failed(session, Place::store, summary.error());
  }
  tell_summary(session.talk, *summary, seconds);
  if (command.json) {
    write_summary(session, *summary, seconds);
  }
  return exit_of(*summary);
}

}  // namespace

int run_command(Session& session, const IngestCommand& command) {
  ReadyFlow flow = ready_flow(session, command.flow);
  if (flow.exit != exit_done) {
    return flow.exit;
  }
  FlowSettings& settings = flow.loaded.settings;
  if (const int code = check_countable(session, settings, "ingest"); code != exit_done) {
    return code;
  }
  // The source first: a path that was mistyped must not leave a new database behind.
  const auto source = open_source(session.system, settings.source);
  if (!source) {
    return failed(session, Place::source, source.error());
  }
  if (auto checked = prepare_release(session.system, settings.source); !checked) {
    return failed(session, Place::flow_file, checked.error());
  }
  auto spill_folder = spill_folder_of(session.system, settings);
  if (!spill_folder) {
    return failed(session, Place::store, spill_folder.error());
  }
  settings.fold.spill_folder = *std::move(spill_folder);
  const auto store = open_prepared_store(session, settings);
  if (!store) {
    return failed(session, place_of_opening(settings, store.error()), store.error());
  }
  const int code = count(session, *source, **store, settings, command);
  // Empty by now, or not there at all; what is left in it the next ingest takes away.
  static_cast<void>(session.system.machine.files.remove(settings.fold.spill_folder));
  return code;
}

}  // namespace weir
