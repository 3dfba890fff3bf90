// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/json.h"
#include "app/pages.h"
#include "app/redact.h"
#include "app/session.h"
#include "app/settings.h"
#include "app/wiring.h"

namespace weir {
namespace {

std::string origin_of(const LoadedFlow& loaded, const Setting& setting) {
  const auto found = loaded.origins.find(setting.key);
  if (found != loaded.origins.end()) {
    return found->second;
  }
  return setting.key == "name" ? "default: the table's name" : "default";
}

// The settings in the form of a flow file: what is printed may be used as one.
void write_settings(Output& output, const LoadedFlow& loaded) {
  std::string section;
  for (const Setting& setting : all_settings()) {
    const auto point = setting.key.find('.');
    const std::string here(setting.key.substr(0, point == std::string_view::npos ? 0 : point));
    if (here != section) {
      output.line(fmt::format("\n[{}]", here));
      section = here;
    }
    const std::string assignment =
        fmt::format("{} = {}", setting.key.substr(here.empty() ? 0 : point + 1),
                    shown_value(setting, loaded.settings));
    output.line(fmt::format("{:<34}  # {}", assignment, origin_of(loaded, setting)));
  }
}

void write_limits(Output& output) {
  output.line("\n# fixed limits");
  for (const FixedLimit& limit : fixed_limits()) {
    output.line(fmt::format("# {:<22} {:>8}  {}", limit.name, limit.value, limit.meaning));
  }
}

void write_json(Output& output, const LoadedFlow& loaded) {
  JsonWriter json(output);
  json.begin_object();
  json.key("settings").begin_array();
  for (const Setting& setting : all_settings()) {
    json.begin_object();
    json.field("key", setting.key);
    json.key("value").literal(shown_value(setting, loaded.settings));  // TOML's are JSON's, too
    json.field("origin", origin_of(loaded, setting));
    json.end_object();
  }
  json.end_array();
  json.key("complaints").begin_array();
  for (const Complaint& complaint : loaded.complaints) {
    json.begin_object();
    json.field("where", complaint.where);
    json.field("text", redacted(complaint.text));
    json.end_object();
  }
  json.end_array();
  json.key("limits").begin_array();
  for (const FixedLimit& limit : fixed_limits()) {
    json.begin_object();
    json.field("name", limit.name);
    json.field("value", limit.value);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  json.done();
}

int try_source(Session& session, const FlowSettings& settings) {
  if (settings.source.paths.empty()) {
    session.talk.say("source: none is named (source.url)");
    return exit_done;
  }
  const auto source = open_source(session.system, settings.source);
  if (!source) {
    return failed(session, Place::source, source.error().within("source"));
  }
  const auto listing = source->source->list();
  if (!listing) {
    return failed(session, Place::source, listing.error().within("source"));
  }
  const auto first = (*listing)->next();
  if (!first) {
    return failed(session, Place::source, first.error().within("source"));
  }
  session.talk.say(*first ? "source: can be listed" : "source: can be listed; no file is there");
  return exit_done;
}

int try_store(Session& session, const FlowSettings& settings) {
  const auto store = open_store(session.system, settings, StoreAccess::read);
  if (!store) {
    return failed(session, Place::store, store.error().within("store"));
  }
  const auto there = (*store)->schema().version();
  if (!there) {
    return failed(session, Place::store, there.error().within("store"));
  }
  session.talk.say(
      *there == 0
          ? fmt::format("store: {} has no tables of weir yet; `weir init` makes them",
                        shown_store(settings))
          : fmt::format("store: {} can be read (schema {})", shown_store(settings), *there));
  return exit_done;
}

}  // namespace

int run_command(Session& session, const CheckCommand& command) {
  auto loaded = load_flow(session.system, command.flow);
  if (!loaded) {
    return failed(session, Place::flow_file, loaded.error());
  }
  if (command.json) {
    write_json(session.output, *loaded);
  }
  if (const int exit = tell_complaints(session, *loaded); exit != exit_done) {
    return exit;
  }
  if (!command.json) {
    write_settings(session.output, *loaded);
    write_limits(session.output);
  }
  if (!command.connect) {
    return exit_done;
  }
  const int source = try_source(session, loaded->settings);
  const int store = try_store(session, loaded->settings);
  return source != exit_done ? source : store;
}

}  // namespace weir
