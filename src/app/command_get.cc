// SPDX-License-Identifier: Apache-2.0
// get and top: reading totals.
#include <fmt/format.h>

#include <algorithm>

#include "app/json.h"
#include "app/session.h"
#include "app/wiring.h"
#include "base/text.h"

namespace weir {
namespace {

constexpr std::size_t keys_per_call = 1000;

// A consumer with its total, or without one.
struct Line {
  std::string consumer;
  std::optional<Int128> amount;
};

void write_lines(Output& output, const std::vector<Line>& lines) {
  for (const Line& line : lines) {
    if (line.amount) {
      output.write(output.terminal() ? escaped(line.consumer) : line.consumer);
      output.line(" " + to_text(*line.amount));
    }
  }
}

void write_json(Output& output, const std::vector<Line>& lines) {
  JsonWriter json(output);
  json.begin_object();
  json.key("totals").begin_array();
  for (const Line& line : lines) {
    json.begin_object();
    json.field("consumer", line.consumer);
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

}  // namespace

int run_command(Session& session, const GetCommand& command) {
  const OpenedStore opened = open_for(session, command.flow, StoreAccess::read);
  if (opened.store == nullptr) {
    return opened.exit;
  }
  const auto lines = lines_of(*opened.store, command.keys);
  if (!lines) {  // a key that is none is a matter of the command line
    const bool is_key = lines.error().kind == ErrorKind::invalid;
    return failed(session, is_key ? Place::usage : Place::store, lines.error());
  }
  command.json ? write_json(session.output, *lines) : write_lines(session.output, *lines);
  int code = exit_done;
  for (const Line& line : *lines) {
    if (!line.amount) {
      session.talk.warn(fmt::format("{} has no total", escaped(line.consumer)));
      code = exit_attention;
    }
  }
  return code;
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
