// SPDX-License-Identifier: Apache-2.0
// What can be typed, one plain struct a command. What it means is in command_*.cc; how it is parsed
// is in command_line.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/generate_command.h"
#include "app/load_flow.h"
#include "model/period.h"

namespace weir {

enum class Colors { automatic, always, never };

struct TalkFlags {
  bool quiet = false;
  bool no_progress = false;
  Colors colors = Colors::automatic;
  std::optional<LogFormat> log_format;  // beats log.format
};

struct SumCommand {
  FlowFlags flow;  // its paths may have one "-"
  bool json = false;
};

struct IngestCommand {
  FlowFlags flow;
  bool json = false;
};

struct WatchCommand {
  FlowFlags flow;
};

struct NotifyCommand {
  FlowFlags flow;
  std::vector<std::string> files;
  bool receipt = false;
  std::string timeout;  // as it was typed; empty: the default
  bool json = false;
};

// Moments as they were typed; empty: not given.
struct TypedSpan {
  std::string from;
  std::string to;
};

struct GetCommand {
  FlowFlags flow;
  std::vector<std::string> keys;
  TypedSpan span;
  std::optional<Period> by;
  bool json = false;
};

struct ExplainCommand {
  FlowFlags flow;
  std::string key;
  TypedSpan span;
  bool json = false;
};

struct CorrectionsCommand {
  FlowFlags flow;
  bool json = false;
};

struct TopCommand {
  FlowFlags flow;
  std::uint64_t rows = 10;
  bool json = false;
};

struct StatusCommand {
  FlowFlags flow;
  bool checkpoints = false;
  bool json = false;
};

struct RejectsCommand {
  FlowFlags flow;
  std::string file;  // empty: of all
  bool json = false;
};

struct QuarantineCommand {
  enum class Action { list, retry, drop };
  FlowFlags flow;
  Action action = Action::list;
  std::vector<std::string> files;
  bool all = false;
  bool json = false;
};

struct RevokeCommand {
  FlowFlags flow;
  std::vector<std::string> files;
  std::string why = "revoked on request";
  bool json = false;
};

struct ReplaceCommand {
  FlowFlags flow;
  std::string old_file;
  std::string new_file;
  bool json = false;
};

struct RollUpCommand {
  FlowFlags flow;
  std::string older_than;      // as it was typed; empty: as the flow file says
  std::optional<Period> into;  // nothing: the same
  bool json = false;
};

struct ForgetCommand {
  FlowFlags flow;
  std::string before;  // as it was typed
  bool json = false;
};

struct VerifyCommand {
  FlowFlags flow;
  bool read = false;
  bool rebase = false;
  std::string why = "rebased on request";
  bool json = false;
};

struct CopyCommand {
  FlowFlags flow;
  std::string from;  // as it was typed
  bool json = false;
};

struct InitCommand {
  FlowFlags flow;
};

struct CheckCommand {
  FlowFlags flow;
  bool connect = false;
  bool json = false;
};

struct CompletionCommand {
  std::string shell;
};

struct ManCommand {
  enum class Page { man, commands, flow_file };
  Page page = Page::man;
};

struct VersionCommand {
  bool json = false;
};

struct HelpCommand {
  std::vector<std::string> words;  // of a command; none: all of them
};

using Command =
    std::variant<HelpCommand, SumCommand, IngestCommand, WatchCommand, NotifyCommand, GetCommand,
                 ExplainCommand, TopCommand, StatusCommand, RejectsCommand, CorrectionsCommand,
                 QuarantineCommand, RevokeCommand, ReplaceCommand, RollUpCommand, ForgetCommand,
                 VerifyCommand, CopyCommand, InitCommand, CheckCommand, GenerateCommand,
                 CompletionCommand, ManCommand, VersionCommand>;

struct CommandLine {
  TalkFlags talk;
  Command command;
};

}  // namespace weir
