// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "app/json.h"
#include "app/progress.h"
#include "app/reject_text.h"
#include "app/session.h"
#include "app/summary.h"
#include "app/totals_text.h"
#include "app/wiring.h"
#include "base/text.h"
#include "flow/sum.h"
#include "store/rules.h"

namespace weir {
namespace {

// What to read, apart from settings: "-" is standard input, and so is nothing at all.
struct Wanted {
  std::vector<std::string> paths;
  bool stream = false;
};

Wanted wanted_from(const std::vector<std::string>& typed, const FlowSettings& settings) {
  Wanted wanted{.paths = settings.source.paths};
  if (!typed.empty()) {
    wanted.paths.erase(std::remove(wanted.paths.begin(), wanted.paths.end(), "-"),
                       wanted.paths.end());
    wanted.stream = wanted.paths.size() < typed.size();
  }
  wanted.stream = wanted.stream || wanted.paths.empty();
  return wanted;
}

std::string spill_folder_of_sums(const System& system) {
  const auto found = system.environment.find("TMPDIR");
  return found == system.environment.end() || found->second.empty() ? "/tmp" : found->second;
}

// Elements of an array, as JsonWriter lays them out.
class JsonTotals final : public TotalsBlock {
 public:
  explicit JsonTotals(KeyKind key) : key_(key) {}
  void add(std::span<const SumEntry> entries) override {
    for (const SumEntry& entry : entries) {
      const std::string sum = to_text(entry.sum);
      text_ += fmt::format("{}{{\"consumer\": {}, \"amount\": {}}}", text_.empty() ? "" : ",\n",
                           json_text(consumer_text(entry, key_)),
                           fits_int64(entry.sum) ? sum : json_text(sum));
    }
  }
  std::string_view text() const override { return text_; }
  void clear() override { text_.clear(); }

 private:
  const KeyKind key_;
  std::string text_;
};

void write_json_summary(JsonWriter& json, const SumSummary& summary, const RunNumbers& numbers) {
  json.key("summary").begin_object();
  json.field("files", summary.files);
  write_numbers(json, numbers);
  json.field("bytes_spilled", summary.bytes_spilled);
  json.key("failures").begin_array();
  for (const std::string& failure : summary.failures) {
    json.text(failure);
  }
  json.end_array();
  json.end_object();
}

// For the most frequent of those shown: one stray line is no reason to change a setting.
std::string_view remedy_for(const SumSummary& summary) {
  std::map<RejectReason, std::size_t> reasons;
  for (const auto& [path, reject] : summary.rejects) {
    ++reasons[reject.reason];
  }
  const auto most =
      std::max_element(reasons.begin(), reasons.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == reasons.end() ? "" : remedy(most->first);
}

void tell_rejects(Talk& talk, const SumSummary& summary) {
  if (summary.counts.rejected == 0) {
    return;
  }
  std::string text = fmt::format("{} left out", counted(summary.counts.rejected, "bad line"));
  for (const auto& [path, reject] : summary.rejects) {
    text +=
        "\n  " + reject_line(path == "-" ? "standard input" : path, reject.line_in_unit, reject);
  }
  if (summary.rejects.size() < summary.counts.rejected) {
    text +=
        fmt::format("\n  and {} more", grouped(summary.counts.rejected - summary.rejects.size()));
  }
  const std::string_view help = remedy_for(summary);
  talk.warn(help.empty() ? text : fmt::format("{}\n  {}", text, help));
}

// One run: from what is wanted to its totals on standard output.
class SumRun {
 public:
  SumRun(Session& session, const SumCommand& command, FlowSettings settings)
      : session_(session),
        command_(command),
        settings_(std::move(settings)),
        json_(session.output) {}

  int run(const Wanted& wanted) {
    OpenedSource from;
    settings_.source.paths = wanted.paths;
    if (!wanted.paths.empty()) {
      auto opened = open_source(session_.system, settings_.source);
      if (!opened) {
        return failed(session_, Place::source, opened.error());
      }
      from = *std::move(opened);
    }
    const SumInput input{.source = from.source.get(),
                         .stream = wanted.stream ? &session_.system.input : nullptr};
    Display display(session_);
    begin();
    const TotalsOutput output{
        .block = [this] { return block(); },
        .write =
            [this, &display](std::string_view text) {
              if (session_.output.terminal()) {
                display.finish();  // totals and a line that is drawn over do not go together
              }
              return write(text);
            }};
    const auto summary = sum(from.seen_from(session_.system.machine), input, settings_, output,
                             display.progress(), session_.system.stop);
    const double seconds = display.seconds();
    display.finish();
    return summary ? end(*summary, seconds) : give_up(summary.error());
  }

 private:
  void begin() {
    if (command_.json) {
      json_.begin_object();
      json_.key("totals").begin_array();
    }
  }

  std::unique_ptr<TotalsBlock> block() const {
    if (command_.json) {
      return std::make_unique<JsonTotals>(settings_.format.key);
    }
    return std::make_unique<TotalsText>(session_.output.terminal());
  }

  Result<void> write(std::string_view text) {
    if (!command_.json) {
      session_.output.write(text);
    } else if (!text.empty()) {
      json_.literal(text);
    }
    return session_.output.status();
  }

  int end(const SumSummary& summary, double seconds) {
    const RunNumbers numbers{.files = summary.files,
                             .bytes = summary.bytes,
                             .counts = summary.counts,
                             .keys = summary.keys,
                             .seconds = seconds};
    if (command_.json) {
      json_.end_array();
      write_json_summary(json_, summary, numbers);
      json_.end_object();
      json_.done();
    }
    tell_rejects(session_.talk, summary);
    for (const std::string& failure : summary.failures) {
      session_.talk.error(failure + "; nothing of it is in the totals");
    }
    session_.talk.say(numbers_text(numbers));
    const bool whole = summary.counts.rejected == 0 && summary.failures.empty();
    return whole ? exit_done : exit_attention;
  }

  // What is half written is not for anyone to take for a result.
  int give_up(const Error& error) {
    if (!session_.output.status()) {
      return exit_io;  // said when the output is flushed
    }
    if (session_.system.stop.requested()) {
      session_.output.drop();
      session_.talk.warn("stopped before the end: the totals are not complete");
      return exit_try_later;
    }
    session_.output.drop();
    return failed(session_, Place::source, error);
  }

  Session& session_;
  const SumCommand& command_;
  FlowSettings settings_;
  JsonWriter json_;
};

}  // namespace

int run_command(Session& session, const SumCommand& command) {
  ReadyFlow flow = ready_flow(session, command.flow);
  if (flow.exit != exit_done) {
    return flow.exit;
  }
  FlowSettings& settings = flow.loaded.settings;
  if (!flow.loaded.origins.contains("fold.spill")) {
    settings.fold.spill_folder = spill_folder_of_sums(session.system);
  }
  const Wanted wanted = wanted_from(command.flow.paths, settings);
  if (wanted.stream && command.flow.paths.empty() && session.system.input_terminal) {
    return failed(session, Place::usage,
                  {ErrorKind::invalid,
                   "name files to add up, or pipe lines in\n"
                   "  weir sum --help explains"});
  }
  return SumRun(session, command, settings).run(wanted);
}

}  // namespace weir
