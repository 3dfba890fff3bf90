// SPDX-License-Identifier: Apache-2.0
// What a command is given to run with, and the commands themselves. Each returns its exit code.
#pragma once

#include <string>
#include <vector>

#include "app/commands.h"
#include "app/exit_code.h"
#include "app/output.h"
#include "app/system.h"
#include "app/talk.h"

namespace weir {

struct Session {  // borrows
  System& system;
  const TalkFlags& flags;
  Talk& talk;
  Output& output;
  const std::vector<std::string>& arguments;  // as they were typed
};

// From now on it is told as the flow has it; flags beat that.
void take_log_settings(Session& session, LogSettings log);

// Says what failed; its exit code.
int failed(Session& session, Place place, const Error& error);

int run_command(Session& session, const HelpCommand& command);
int run_command(Session& session, const SumCommand& command);
int run_command(Session& session, const IngestCommand& command);
int run_command(Session& session, const WatchCommand& command);
int run_command(Session& session, const NotifyCommand& command);
int run_command(Session& session, const GetCommand& command);
int run_command(Session& session, const ExplainCommand& command);
int run_command(Session& session, const TopCommand& command);
int run_command(Session& session, const StatusCommand& command);
int run_command(Session& session, const RejectsCommand& command);
int run_command(Session& session, const CorrectionsCommand& command);
int run_command(Session& session, const QuarantineCommand& command);
int run_command(Session& session, const RevokeCommand& command);
int run_command(Session& session, const ReplaceCommand& command);
int run_command(Session& session, const RollUpCommand& command);
int run_command(Session& session, const ForgetCommand& command);
int run_command(Session& session, const VerifyCommand& command);
int run_command(Session& session, const CopyCommand& command);
int run_command(Session& session, const InitCommand& command);
int run_command(Session& session, const CheckCommand& command);
int run_command(Session& session, const GenerateCommand& command);
int run_command(Session& session, const CompletionCommand& command);
int run_command(Session& session, const ManCommand& command);
int run_command(Session& session, const VersionCommand& command);

}  // namespace weir
