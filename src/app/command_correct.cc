// SPDX-License-Identifier: Apache-2.0
// revoke, roll-up, forget, corrections: changing what was counted, and the record of it.
#include <fmt/format.h>

#include "app/json.h"
#include "app/ledger_pages.h"
#include "app/session.h"
#include "app/summary.h"
#include "app/times.h"
#include "app/wiring.h"
#include "base/text.h"
#include "flow/corrections.h"

namespace weir {
namespace {

Place place_of(const Error& error) {
  return error.kind == ErrorKind::invalid ? Place::usage : Place::store;
}

void write_correction(JsonWriter& json, const Correction& correction) {
  json.begin_object();
  json.field("number", correction.number);
  json.field("at", utc_text(correction.at));
  json.field("flow", correction.flow);
  json.field("action", name(correction.action));
  json.field("file", correction.file);
  json.field("path", correction.path);
  json.field("why", correction.why);
  json.field("keys", correction.keys);
  json.field("amount", correction.amount);
  json.end_object();
}

// ---- revoke

void tell_revoked(Session& session, const FileRow& row, const Correction& correction) {
  const std::string path = escaped(row.path);
  if (row.state == FileState::revoked) {
    return session.talk.say(
        fmt::format("{} had been revoked before (correction {})", path, correction.number));
  }
  session.talk.say(fmt::format("{} is revoked: {} taken back from {} (correction {})", path,
                               to_text(-correction.amount), counted(correction.keys, "consumer"),
                               correction.number));
}

// ---- roll-up

struct RolledUpPeriod {
  RollUpOrder order;
  RollUpSummary summary;
};

// As typed, or as the flow file has it.
Result<std::vector<RollUpOrder>> orders_of(const RollUpCommand& command,
                                           const HistorySettings& settings, Nanoseconds now) {
  if (command.older_than.empty() != !command.into) {
    return Error{ErrorKind::invalid, "--older-than and --into go together"};
  }
  if (command.into) {
    const auto age = duration_from_text(command.older_than);
    if (!age) {
      return Error{ErrorKind::invalid, fmt::format("--older-than: \"{}\" is no time, such as 30d",
                                                   escaped(command.older_than))};
    }
    return std::vector<RollUpOrder>{{.before = now - *age, .into = *command.into}};
  }
  auto orders = roll_up_schedule(settings, now);
  if (orders.empty()) {
    return Error{ErrorKind::invalid,
                 "nothing says what is to be rolled up: take --older-than and --into, or set "
                 "history.hours_after, history.days_after or history.months_after"};
  }
  return orders;
}

void write_rolled_up(Session& session, const std::vector<RolledUpPeriod>& periods, bool as_json) {
  for (const auto& [order, summary] : periods) {
    session.talk.say(
        fmt::format("merged {} from before {} into {}s{}", counted(summary.rows_merged, "row"),
                    utc_text(order.before), name(order.into),
                    summary.stopped ? "; stopped on request: the next roll-up goes on" : ""));
  }
  if (!as_json) {
    return;
  }
  JsonWriter json(session.output);
  json.begin_object();
  json.key("rolled_up").begin_array();
  for (const auto& [order, summary] : periods) {
    json.begin_object();
    json.field("into", name(order.into));
    json.field("before", utc_text(order.before));
    json.field("rows_read", summary.rows_read);
    json.field("rows_merged", summary.rows_merged);
    json.key("stopped").truth(summary.stopped);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  json.done();
}

// ---- corrections

std::string text_of(const Correction& correction) {
  const std::string what =
      correction.action == CorrectionAction::forget
          ? counted(correction.keys, "file") + ", whose " + to_text(correction.amount) + " stay"
          : to_text(correction.amount) + " over " + counted(correction.keys, "consumer");
  const std::string file =
      correction.file == 0
          ? ""
          : fmt::format(" {} (file {})", escaped(correction.path), correction.file);
  return fmt::format("{}  {}  {}{}: {}: {}", correction.number, utc_text(correction.at),
                     name(correction.action), file, what, escaped(correction.why));
}

Result<void> write_corrections(Session& session, Store& store, bool as_json) {
  if (!as_json) {
    return each_correction(store, [&session](const Correction& correction) -> Result<void> {
      session.output.line(text_of(correction));
      return session.output.status();
    });
  }
  JsonWriter json(session.output);
  json.begin_object();
  json.key("corrections").begin_array();
  TRY(each_correction(store, [&](const Correction& correction) -> Result<void> {
    write_correction(json, correction);
    return session.output.status();
  }));
  json.end_array();
  json.end_object();
  json.done();
  return {};
}

}  // namespace

int run_command(Session& session, const RevokeCommand& command) {
  const OpenedStore opened = open_to_correct(session, command.flow);
  if (opened.store == nullptr) {
    return opened.exit;
  }
  std::vector<Correction> made;
  for (const std::string& file : command.files) {
    const auto row = find_file(session.system, *opened.store, file);
    if (!row) {
      return failed(session, Place::store, row.error());
    }
    const auto correction = revoke_file(*opened.store, *row, command.why);
    if (!correction) {
      return failed(session, place_of(correction.error()), correction.error());
    }
    tell_revoked(session, *row, *correction);
    made.push_back(*correction);
  }
  if (command.json) {
    JsonWriter json(session.output);
    json.begin_object();
    json.key("revoked").begin_array();
    for (const Correction& correction : made) {
      write_correction(json, correction);
    }
    json.end_array();
    json.end_object();
    json.done();
  }
  return exit_done;
}

int run_command(Session& session, const RollUpCommand& command) {
  const OpenedStore opened = open_to_correct(session, command.flow);
  if (opened.store == nullptr) {
    return opened.exit;
  }
  const auto orders =
      orders_of(command, opened.settings.history, session.system.machine.clock.wall());
  if (!orders) {
    return failed(session, Place::usage, orders.error());
  }
  std::vector<RolledUpPeriod> periods;
  for (const RollUpOrder& order : *orders) {
    const auto summary = roll_up_history(*opened.store, order, session.system.stop);
    if (!summary) {
      return failed(session, place_of(summary.error()), summary.error());
    }
    periods.push_back({order, *summary});
    if (summary->stopped) {
      break;
    }
  }
  write_rolled_up(session, periods, command.json);
  return exit_done;
}

int run_command(Session& session, const ForgetCommand& command) {
  const auto before = moment_from_text(command.before, session.system.machine.clock.wall());
  if (!before) {
    return failed(session, Place::usage,
                  {ErrorKind::invalid, fmt::format("--before: \"{}\" is not {}",
                                                   escaped(command.before), moment_words)});
  }
  const OpenedStore opened = open_to_correct(session, command.flow);
  if (opened.store == nullptr) {
    return opened.exit;
  }
  const auto forgotten = forget_files(*opened.store, *before);
  if (!forgotten) {
    return failed(session, Place::store, forgotten.error());
  }
  session.talk.say(
      forgotten->keys == 0
          ? fmt::format("no file was over before {}", utc_text(*before))
          : fmt::format("{} forgotten; what they added stays, and a file of the same name counts "
                        "again (correction {})",
                        counted(forgotten->keys, "file"), forgotten->number));
  if (command.json) {
    JsonWriter json(session.output);
    json.begin_object();
    json.field("forgotten", forgotten->keys);
    json.field("amount", forgotten->amount);
    json.field("correction", forgotten->number);
    json.end_object();
    json.done();
  }
  return exit_done;
}

int run_command(Session& session, const CorrectionsCommand& command) {
  const OpenedStore opened = open_for(session, command.flow, StoreAccess::read);
  if (opened.store == nullptr) {
    return opened.exit;
  }
  const auto written = write_corrections(session, *opened.store, command.json);
  if (!written) {
    return session.output.status() ? failed(session, Place::store, written.error()) : exit_io;
  }
  return exit_done;
}

}  // namespace weir
