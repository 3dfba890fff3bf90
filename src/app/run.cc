// SPDX-License-Identifier: Apache-2.0
#include "app/run.h"

#include <variant>

#include "app/command_line.h"
#include "app/help.h"
#include "app/session.h"

namespace weir {
namespace {

bool wants_colors(const System& system, const TalkFlags& flags) {
  if (flags.colors != Colors::automatic) {
    return flags.colors == Colors::always;
  }
  const auto value_of = [&system](const char* name) {
    const auto found = system.environment.find(name);
    return found == system.environment.end() ? std::string() : found->second;
  };
  return system.talk.terminal && value_of("NO_COLOR").empty() && value_of("TERM") != "dumb";
}

}  // namespace

int failed(Session& session, Place place, const Error& error) {
  session.talk.error(error.message);
  return exit_code(error, place);
}

int run(const std::vector<std::string>& arguments, System& system) {
  auto line = parse_command_line(arguments);
  const TalkFlags flags = line ? line->talk : TalkFlags();
  Talk talk(system.talk, {.quiet = flags.quiet, .color = wants_colors(system, flags)});
  Output output(system.output);
  Session session{system, flags, talk, output};
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
