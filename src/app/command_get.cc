// SPDX-License-Identifier: Apache-2.0
// get, top and explain: reading totals, and what they are made of.
#include <fmt/format.h>

#include <algorithm>

#include "app/json.h"
#include "app/session.h"
#include "app/summary.h"
#include "app/times.h"
#include "app/wiring.h"
#include "base/text.h"
#include "flow/corrections.h"

namespace weir {
namespace {

constexpr std::size_t keys_per_call = 1000;

// A consumer with its total, or without one; or with what it got within a period.
struct Line {
  std::string consumer;
  std::optional<Int128> amount;
  std::optional<PeriodSum> period = std::nullopt;
};

std::string shown(const Output& output, const std::string& consumer) {
  return output.terminal() ? escaped(consumer) : consumer;
}

void write_lines(Output& output, const std::vector<Line>& lines) {
  for (const Line& line : lines) {
    if (!line.amount) {
      continue;
    }
    output.write(shown(output, line.consumer));
    if (line.period) {
      output.write(fmt::format(" {} {}", utc_text(line.period->at), name(line.period->period)));
    }
    output.line(" " + to_text(*line.amount));
  }
}

void write_json(Output& output, const std::vector<Line>& lines) {
  JsonWriter json(output);
  json.begin_object();
  json.key("totals").begin_array();
  for (const Line& line : lines) {
    json.begin_object();
    json.field("consumer", line.consumer);
    if (line.period) {
      json.field("start", utc_text(line.period->at));
      json.field("period", name(line.period->period));
    }
    if (line.amount) {
      json.field("amount", *line.amount);
    } else {
      json.key("amount").null();
    }
    json.end_object();
  }
  json.end_array();
  json.end_object();
  json.done();
}

Result<std::vector<Line>> lines_of(Store& store, std::span<const std::string> keys) {
  std::vector<Line> lines;
  while (!keys.empty()) {
    const auto some = keys.first(std::min(keys.size(), keys_per_call));
    TRY_ASSIGN(const auto totals, store.totals().get(some));
    for (std::size_t i = 0; i < some.size(); ++i) {
      lines.push_back(totals[i] ? Line{totals[i]->consumer, totals[i]->amount}
                                : Line{some[i], std::nullopt});
    }
    keys = keys.subspan(some.size());
  }
  return lines;
}

// The span that was typed; `invalid`: one end is no moment.
Result<Span> span_of(Session& session, const TypedSpan& typed) {
  Span span;
  const Nanoseconds now = session.system.machine.clock.wall();
  for (const auto& [flag, text, end] :
       {std::tuple("--from", &typed.from, &span.from), std::tuple("--to", &typed.to, &span.to)}) {
    if (text->empty()) {
      continue;
    }
    const auto moment = moment_from_text(*text, now);
    if (!moment) {
      return Error{ErrorKind::invalid,
                   fmt::format("{}: \"{}\" is not {}", flag, escaped(*text), moment_words)};
    }
    *end = *moment;
  }
  return span;
}

Result<std::vector<Line>> lines_of_history(Store& store, const GetCommand& command,
                                           const Span& span) {
  std::vector<Line> lines;
  for (const std::string& consumer : command.keys) {
    if (!command.by) {
      TRY_ASSIGN(const auto sum, sum_of_span(store, consumer, span));
      lines.push_back({consumer, sum});
      continue;
    }
    TRY_ASSIGN(
        const auto sums,
        store.history().by_period(
            {.consumer = consumer, .from = span.from, .to = span.to, .period = *command.by}));
    for (const PeriodSum& sum : sums) {
      lines.push_back({consumer, sum.amount, sum});
    }
    if (sums.empty()) {
      lines.push_back({consumer, std::nullopt});
    }
  }
  return lines;
}

// What made a total: a line a file, or a period of many.
void write_row(Output& output, const HistoryRow& row) {
  const std::string from = row.file == 0      ? "all files of the " + std::string(name(row.period))
                           : row.path.empty() ? fmt::format("file {}, forgotten", row.file)
                                              : escaped(row.path);
  output.line(fmt::format("{}  {}  {}", utc_text(row.at), to_text(row.amount), from));
}

void write_row(JsonWriter& json, const HistoryRow& row) {
  json.begin_object();
  json.field("at", utc_text(row.at));
  json.field("period", name(row.period));
  json.field("file", row.file);
  json.field("path", row.path);
  json.field("amount", row.amount);
  json.end_object();
}

Result<Explained> write_explained(Session& session, Store& store, const ExplainCommand& command,
                                  const Span& span) {
  Output& output = session.output;
  if (!command.json) {
    return explain_total(store, command.key, span, [&](const HistoryRow& row) -> Result<void> {
      write_row(output, row);
      return output.status();
    });
  }
  JsonWriter json(output);
  json.begin_object();
  json.field("consumer", command.key);
  json.key("rows").begin_array();
  TRY_ASSIGN(const auto explained,
             explain_total(store, command.key, span, [&](const HistoryRow& row) -> Result<void> {
               write_row(json, row);
               return output.status();
             }));
  json.end_array();
  json.field("explained", explained.told);
  json.key("total");
  explained.total ? json.whole(explained.total->amount) : json.null();
  json.end_object();
  json.done();
  return explained;
}

// How far the rows make the total.
void tell_explained(Session& session, const ExplainCommand& command, const Explained& explained) {
  const bool whole = command.span.from.empty() && command.span.to.empty();
  const Int128 rest = explained.total->amount - explained.told;
  session.talk.say(fmt::format(
      "{} in these rows; the total of {} is {}{}", to_text(explained.told), escaped(command.key),
      to_text(explained.total->amount),
      whole && rest != 0
          ? fmt::format(": {} was there before, or counted without history", to_text(rest))
          : ""));
}

int refused(Session& session, Store& store, const Error& error) {
  const bool asked = error.kind == ErrorKind::invalid;
  return failed(session, asked ? place_of_refusal(store, Place::usage) : Place::store, error);
}

}  // namespace

int run_command(Session& session, const GetCommand& command) {
  const auto span = span_of(session, command.span);
  if (!span) {
    return failed(session, Place::usage, span.error());
  }
  const OpenedStore opened = open_for(session, command.flow, StoreAccess::read);
  if (opened.store == nullptr) {
    return opened.exit;
  }
  const bool of_history = command.by || !command.span.from.empty() || !command.span.to.empty();
  const auto lines = of_history ? lines_of_history(*opened.store, command, *span)
                                : lines_of(*opened.store, command.keys);
  if (!lines) {  // a key that is none is a matter of the command line
    return refused(session, *opened.store, lines.error());
  }
  command.json ? write_json(session.output, *lines) : write_lines(session.output, *lines);
  int code = exit_done;
  for (const Line& line : *lines) {
    if (!line.amount) {
      session.talk.warn(fmt::format("{} has no {}", escaped(line.consumer),
                                    of_history ? "history in that time" : "total"));
      code = exit_attention;
    }
  }
  return code;
}

int run_command(Session& session, const ExplainCommand& command) {
  const auto span = span_of(session, command.span);
  if (!span) {
    return failed(session, Place::usage, span.error());
  }
  const OpenedStore opened = open_for(session, command.flow, StoreAccess::read);
  if (opened.store == nullptr) {
    return opened.exit;
  }
  const auto explained = write_explained(session, *opened.store, command, *span);
  if (!explained) {
    session.output.drop();
    return session.output.status() ? refused(session, *opened.store, explained.error()) : exit_io;
  }
  if (!explained->total) {
    session.talk.warn(fmt::format("{} has no total", escaped(command.key)));
    return exit_attention;
  }
  tell_explained(session, command, *explained);
  return exit_done;
}

int run_command(Session& session, const TopCommand& command) {
  const OpenedStore opened = open_for(session, command.flow, StoreAccess::read);
  if (opened.store == nullptr) {
    return opened.exit;
  }
  const auto totals = opened.store->totals().top(command.rows);
  if (!totals) {
    return failed(session, Place::store, totals.error());
  }
  std::vector<Line> lines;
  for (const Total& total : *totals) {
    lines.push_back({total.consumer, total.amount});
  }
  command.json ? write_json(session.output, lines) : write_lines(session.output, lines);
  return exit_done;
}

}  // namespace weir
