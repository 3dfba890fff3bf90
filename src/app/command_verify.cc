// SPDX-License-Identifier: Apache-2.0
#include "flow/verify.h"

#include <fmt/format.h>

#include "app/json.h"
#include "app/progress.h"
#include "app/session.h"
#include "app/summary.h"
#include "app/wiring.h"
#include "flow/corrections.h"
#include "flow/events.h"

namespace weir {
namespace {

// Without a flow file, files are where the ledger says: anywhere below the root.
Result<VerifyReport> verify_reading(Session& session, Store& store, const FlowSettings& settings) {
  SourceSettings from = settings.source;
  if (from.paths.empty()) {
    from.paths = {"/"};
  }
  TRY_ASSIGN(const auto opened, open_source(session.system, from));
  Display display(session);
  return verify_with_files(opened.seen_from(session.system.machine), *opened.source, store,
                           settings, display.progress(), session.system.stop);
}

void write_json(Output& output, const VerifyReport& report, bool read) {
  JsonWriter json(output);
  json.begin_object();
  json.key("balanced").truth(report.balanced());
  json.key("faults").begin_array();
  for (const std::string& fault : report.faults) {
    json.text(fault);
  }
  json.end_array();
  json.field("consumers", report.books.consumers);
  json.field("files", report.books.files);
  json.field("totals", report.books.totals.amount);
  json.field("base", report.books.base.amount);
  json.field("counted", report.books.batches.amount);
  if (read) {
    json.field("files_read", report.files_read);
    json.field("files_gone", report.files_gone);
  }
  json.end_object();
  json.done();
}

void write_text(Session& session, const VerifyReport& report, bool read) {
  Output& output = session.output;
  const Books& books = report.books;
  output.line(fmt::format("totals   {} over {}", to_text(books.totals.amount),
                          counted(books.consumers, "consumer")));
  output.line(fmt::format("base     {} (held before weir came)", to_text(books.base.amount)));
  output.line(fmt::format("counted  {} from {}", to_text(books.batches.amount),
                          counted(books.files, "file")));
  if (read) {
    output.line(fmt::format("read     {}, {} no longer there", counted(report.files_read, "file"),
                            report.files_gone));
  }
  output.line(report.balanced() ? "the books balance" : "the books do not balance");
}

void tell_rebased(Session& session, const Correction& rebased) {
  session.talk.say(rebased.number == 0
                       ? "nobody else had written to the table: nothing was to be rebased"
                       : fmt::format("what others wrote, {} in all, belongs to the base from now "
                                     "on (correction {})",
                                     to_text(rebased.amount), rebased.number));
}

}  // namespace

int run_command(Session& session, const VerifyCommand& command) {
  const OpenedStore opened = command.rebase ? open_to_correct(session, command.flow)
                                            : open_for(session, command.flow, StoreAccess::read);
  if (opened.store == nullptr) {
    return opened.exit;
  }
  if (command.rebase) {
    const auto rebased = rebase_books(*opened.store, command.why);
    if (!rebased) {
      return failed(session, Place::store, rebased.error());
    }
    tell_rebased(session, *rebased);
  }
  const auto report = command.read ? verify_reading(session, *opened.store, opened.settings)
                                   : verify(*opened.store);
  if (!report) {
    return failed(session, Place::store, report.error());
  }
  if (command.json) {
    write_json(session.output, *report, command.read);
  } else {
    write_text(session, *report, command.read);
  }
  for (const std::string& fault : report->faults) {
    session.talk.tell({.severity = Severity::error, .event = event::books_off, .text = fault});
  }
  return report->balanced() ? exit_done : exit_attention;
}

}  // namespace weir
