// SPDX-License-Identifier: Apache-2.0
// help, completion, man, version: what the program tells of itself.
#include <fmt/format.h>

#include "app/command_line.h"
#include "app/completion.h"
#include "app/help.h"
#include "app/json.h"
#include "app/pages.h"
#include "app/session.h"
#include "app/suggest.h"
#include "app/version.h"
#include "base/text.h"

namespace weir {
namespace {

Error no_such_command(const CommandText& root, const std::string& word) {
  std::vector<std::string> names;
  names.reserve(root.commands.size());
  for (const CommandText& command : root.commands) {
    names.push_back(command.name);
  }
  const std::string near = nearest(word, names);
  return {ErrorKind::invalid, fmt::format("there is no command {}{}", escaped(word, 100),
                                          near.empty() ? "; `weir help` lists them"
                                                       : fmt::format("; did you mean {}?", near))};
}

}  // namespace

int run_command(Session& session, const HelpCommand& command) {
  const CommandText root = command_tree();
  if (find_command(root, command.words) == nullptr) {
    return failed(session, Place::usage, no_such_command(root, command.words.front()));
  }
  const OutStream& stream = session.system.output;
  session.output.write(help_text(root, command.words, stream.terminal ? stream.columns() : 100));
  return exit_done;
}

int run_command(Session& session, const CompletionCommand& command) {
  session.output.write(completion_script(command_tree(), command.shell));
  return exit_done;
}

int run_command(Session& session, const ManCommand& command) {
  switch (command.page) {
    case ManCommand::Page::man:
      session.output.write(man_page(command_tree()));
      break;
    case ManCommand::Page::commands:
      session.output.write(commands_page(command_tree()));
      break;
    case ManCommand::Page::flow_file:
      session.output.write(flow_file_page());
      break;
  }
  return exit_done;
}

int run_command(Session& session, const VersionCommand& command) {
  if (!command.json) {
    session.output.line(fmt::format("weir {}", version()));
    return exit_done;
  }
  JsonWriter json(session.output);
  json.begin_object();
  json.field("version", version());
  json.end_object();
  json.done();
  return exit_done;
}

}  // namespace weir
