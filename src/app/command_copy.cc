// SPDX-License-Identifier: Apache-2.0
#include "flow/copy.h"

#include <fmt/format.h>

#include <utility>

#include "app/json.h"
#include "app/location.h"
#include "app/session.h"
#include "app/summary.h"
#include "app/wiring.h"
#include "base/text.h"
#include "flow/events.h"

namespace weir {
namespace {

constexpr Nanoseconds second = 1'000'000'000;
constexpr Nanoseconds redraw_every = second / 5;
constexpr Nanoseconds sentence_every = 10 * second;

std::string progress_text(const CopyCounts& counts) {
  if (counts.comparing) {
    return "comparing the books";
  }
  std::string text =
      fmt::format("{} of {}, {} of {}", grouped(counts.files), counted(counts.files_found, "file"),
                  grouped(counts.consumers), counted(counts.consumers_found, "consumer"));
  return counts.history_rows == 0
             ? text
             : text + ", " + counted(counts.history_rows, "row") + " of history";
}

// Shows how far it is, now and then. One thread.
class CopyDisplay {
 public:
  explicit CopyDisplay(Session& session)
      : session_(session), told_at_(session.system.machine.clock.monotonic()) {}
  ~CopyDisplay() { session_.talk.erase_drawn(); }
  CopyDisplay(const CopyDisplay&) = delete;
  CopyDisplay& operator=(const CopyDisplay&) = delete;

  void tell(const CopyCounts& counts) {
    last_ = counts;
    const Nanoseconds now = session_.system.machine.clock.monotonic();
    const bool draws = session_.talk.draws();
    const bool due = now - told_at_ >= (draws ? redraw_every : sentence_every);
    if (!due || session_.flags.quiet || session_.flags.no_progress) {
      return;
    }
    told_at_ = now;
    if (draws) {
      session_.talk.draw(progress_text(counts));
    } else {
      session_.talk.tell({.event = event::progress, .text = progress_text(counts)});
    }
  }
  const CopyCounts& last() const { return last_; }

 private:
  Session& session_;
  Nanoseconds told_at_;
  CopyCounts last_;
};

struct Ends {
  FlowSettings from;
  FlowSettings into;
  int exit = exit_done;
};

Ends ends_of(Session& session, const CopyCommand& command) {
  ReadyFlow flow = ready_flow(session, command.flow);
  Ends ends{.from = flow.loaded.settings, .into = flow.loaded.settings, .exit = flow.exit};
  if (ends.exit != exit_done) {
    return ends;
  }
  if (const auto location = location_of_store(command.from); !location) {
    ends.exit =
        failed(session, Place::usage, {ErrorKind::invalid, "--from: " + location.error().message});
    return ends;
  }
  ends.from.store.url = command.from;
  if (ends.from.store.url == ends.into.store.url) {
    ends.exit = failed(session, Place::usage,
                       {ErrorKind::invalid, "--from and --into name the same database"});
  }
  return ends;
}

// Opened for writing, so that nobody else writes; looked at first, since that would create a
// database where there is none.
Result<std::unique_ptr<Store>> open_original(System& system, const FlowSettings& settings) {
  TRY(open_store(system, settings, StoreAccess::read));
  return open_store(system, settings, StoreAccess::write);
}

void write_json(Output& output, const Ends& ends, const CopyReceipt& receipt,
                std::uint64_t history_rows) {
  JsonWriter json(output);
  json.begin_object();
  json.key("copied").begin_object();
  json.field("from", shown_store(ends.from));
  json.field("into", shown_store(ends.into));
  json.field("files", receipt.books.files);
  json.field("consumers", receipt.books.consumers);
  json.field("totals", receipt.books.totals.amount);
  json.field("history_rows", history_rows);
  json.key("was_there").truth(receipt.was_there);
  json.end_object();
  json.end_object();
  json.done();
}

void tell(Session& session, const Ends& ends, const CopyReceipt& receipt) {
  const std::string what =
      fmt::format("{} with what {} added", counted(receipt.books.consumers, "consumer"),
                  counted(receipt.books.files, "file"));
  session.talk.say(
      receipt.was_there
          ? fmt::format("{} holds the copy already: {}; the books are the same",
                        shown_store(ends.into), what)
          : fmt::format("copied into {}: {}; the books balance and are the same. Count into it "
                        "from now on, and no more into {}",
                        shown_store(ends.into), what, shown_store(ends.from)));
}

}  // namespace

int run_command(Session& session, const CopyCommand& command) {
  const Ends ends = ends_of(session, command);
  if (ends.exit != exit_done) {
    return ends.exit;
  }
  const auto from = open_original(session.system, ends.from);
  if (!from) {
    return failed(session, place_of_opening(ends.from, from.error()), from.error());
  }
  const auto into = open_store(session.system, ends.into, StoreAccess::write);
  if (!into) {
    return failed(session, place_of_opening(ends.into, into.error()), into.error());
  }
  std::uint64_t history_rows = 0;
  const auto receipt = [&] {
    CopyDisplay display(session);
    auto copied = copy_store(
        session.system.machine, {.from = **from, .into = **into},
        [&](const CopyCounts& counts) { display.tell(counts); }, session.system.stop);
    history_rows = display.last().history_rows;
    return copied;
  }();
  if (!receipt) {
    return failed(session, Place::store, receipt.error());
  }
  tell(session, ends, *receipt);
  if (command.json) {
    write_json(session.output, ends, *receipt, history_rows);
  }
  return exit_done;
}

}  // namespace weir
