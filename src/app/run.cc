// SPDX-License-Identifier: Apache-2.0
#include "app/run.h"

#include <algorithm>
#include <variant>

#include "app/command_line.h"
#include "app/help.h"
#include "app/session.h"
#include "app/settings.h"
#include "flow/events.h"

namespace weir {
namespace {

std::string value_of(const System& system, const char* name) {
  const auto found = system.environment.find(name);
  return found == system.environment.end() ? std::string() : found->second;
}

bool wants_colors(const System& system, const TalkFlags& flags) {
  if (flags.colors != Colors::automatic) {
    return flags.colors == Colors::always;
  }
  return system.talk.terminal && value_of(system, "NO_COLOR").empty() &&
         value_of(system, "TERM") != "dumb";
}

// Before any flow is known, and for commands without one. What is wrong in the environment is told
// when settings are read.
LogSettings log_of_environment(const System& system) {
  FlowSettings settings;
  for (const std::string_view key : {"log.format", "log.level"}) {
    const std::string value = value_of(system, environment_name(key).c_str());
    if (!value.empty()) {
      static_cast<void>(assign(*find_setting(key), settings, {.texts = {value}}));
    }
  }
  return settings.log;
}

}  // namespace

void take_log_settings(Session& session, LogSettings log) {
  log.format = session.flags.log_format.value_or(log.format);
  log.level = std::max(log.level, session.flags.quiet ? Severity::warning : Severity::info);
  session.talk.set_log(log);
}

int failed(Session& session, Place place, const Error& error) {
  const int code = exit_code(error, place);
  session.talk.tell({.severity = Severity::error,
                     .event = event::command_failed,
                     .text = error.message,
                     .fields = {{field::exit_code, std::to_string(code)}}});
  return code;
}

int run(const std::vector<std::string>& arguments, System& system) {
  auto line = parse_command_line(arguments);
  const TalkFlags flags = line ? line->talk : TalkFlags();
  Talk talk(system.talk, system.machine.clock, {.color = wants_colors(system, flags)});
  Output output(system.output);
  Session session{system, flags, talk, output};
  take_log_settings(session, log_of_environment(system));
  if (arguments.empty()) {
    talk.say(help_text(command_tree(), {}, talk.columns()));
    return exit_usage;
  }
  if (!line) {
    return failed(session, Place::usage, line.error());
  }
  const int code = std::visit(
      [&session](const auto& command) { return run_command(session, command); }, line->command);
  if (const auto flushed = output.flush(); !flushed) {
    return failed(session, Place::output, flushed.error());
  }
  return code;
}

}  // namespace weir
