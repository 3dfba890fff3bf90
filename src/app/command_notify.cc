// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cerrno>

#include "app/json.h"
#include "app/notifier.h"
#include "app/session.h"
#include "app/summary.h"
#include "app/wiring.h"
#include "base/text.h"
#include "flow/events.h"

namespace weir {
namespace {

constexpr Nanoseconds second = 1'000'000'000;
constexpr Nanoseconds timeout_default = 30 * second;
constexpr Nanoseconds timeout_max = 7 * 24 * 3600 * second;

Result<Nanoseconds> timeout_of(const NotifyCommand& command) {
  const auto timeout = command.timeout.empty() ? std::optional(timeout_default)
                                               : duration_from_text(command.timeout);
  if (!timeout || *timeout <= 0 || *timeout > timeout_max) {
    return Error{ErrorKind::invalid,
                 fmt::format("--timeout: \"{}\" is not right: write a time up to {}, such as 30s",
                             escaped(command.timeout, 100), duration_setting(timeout_max))};
  }
  return *timeout;
}

Result<std::vector<std::string>> paths_of(System& system, const NotifyCommand& command) {
  std::vector<std::string> paths;
  for (const std::string& typed : command.files) {
    TRY_ASSIGN(paths.emplace_back(), notice_path(system.machine.files, typed));
  }
  return paths;
}

// What was answered: to standard output, but what a person should look at.
class Answers {
 public:
  Answers(Session& session, bool json) : session_(session), json_(session.output), as_json_(json) {
    if (as_json_) {
      json_.begin_object();
      json_.key("answers").begin_array();
    }
  }

  void take(const NoticeAnswer& answer) {
    const bool bad =
        answer.outcome == NoticeOutcome::refused || answer.outcome == NoticeOutcome::quarantined;
    attention_ = attention_ || bad;
    if (as_json_) {
      write_json(answer);
    } else if (!bad) {
      session_.output.line(shown(answer));
      static_cast<void>(session_.output.flush());  // people wait for it; an error sticks
    }
    if (bad) {
      session_.talk.tell({.severity = Severity::error,
                          .event = event::notice_refused,
                          .text = shown(answer),
                          .fields = {{field::path, answer.path}, {field::reason, answer.reason}}});
    }
  }

  int finish() {
    if (as_json_) {
      json_.end_array();
      json_.end_object();
      json_.done();
    }
    return attention_ ? exit_attention : exit_done;
  }

 private:
  static std::string shown(const NoticeAnswer& answer) {
    const std::string text = fmt::format("{} {}", name(answer.outcome), escaped(answer.path));
    if (answer.outcome == NoticeOutcome::counted) {
      return fmt::format("{}: {}, {} rejected", text,
                         counted(static_cast<std::uint64_t>(answer.lines), "line"),
                         grouped(static_cast<std::uint64_t>(answer.rejects)));
    }
    return answer.reason.empty() ? text : fmt::format("{}: {}", text, answer.reason);
  }

  void write_json(const NoticeAnswer& answer) {
    json_.begin_object();
    json_.field("file", answer.path);
    json_.field("answer", name(answer.outcome));
    if (!answer.reason.empty()) {
      json_.field("reason", answer.reason);
    }
    if (answer.outcome == NoticeOutcome::counted) {
      json_.field("lines", answer.lines);
      json_.field("rejects", answer.rejects);
    }
    json_.end_object();
  }

  Session& session_;
  JsonWriter json_;
  const bool as_json_;
  bool attention_ = false;
};

int gave_up(Session& session, const std::string& socket, const Error& error) {
  session.talk.tell({.severity = Severity::error,
                     .event = event::notice_unanswered,
                     .text = fmt::format("{}: {}", escaped(socket), error.message),
                     .fields = {{field::reason, error.message}}});
  if (error.kind == ErrorKind::invalid) {
    return exit_attention;
  }
  return error.os_code == ETIMEDOUT ? exit_try_later : exit_unavailable;
}

int nobody_listens(Session& session, const Error& error) {
  session.talk.tell(
      {.severity = Severity::error,
       .event = event::notice_unanswered,
       .text = fmt::format("no weir listens: {}\n"
                           "  `weir watch` does; name its socket by -c and its flow file, by "
                           "--socket, or by --into and its database",
                           error.message),
       .fields = {{field::reason, error.message}}});
  return exit_unavailable;
}

struct Told {
  std::string socket;
  std::vector<std::string> paths;
  Notifier::Wish wish;
};

int tell(Session& session, const Told& told, bool json) {
  const auto line = connect_lines(session.system.machine.clock, told.socket);
  if (!line) {
    return nobody_listens(session, line.error());
  }
  Answers answers(session, json);
  Notifier notifier(session.system, **line);
  const auto done = notifier.tell(told.paths, told.wish,
                                  [&answers](const NoticeAnswer& answer) { answers.take(answer); });
  const int code = answers.finish();
  return done ? code : gave_up(session, told.socket, done.error());
}

}  // namespace

int run_command(Session& session, const NotifyCommand& command) {
  const ReadyFlow flow = ready_flow(session, command.flow);
  if (flow.exit != exit_done) {
    return flow.exit;
  }
  const auto timeout = timeout_of(command);
  if (!timeout) {
    return failed(session, Place::usage, timeout.error());
  }
  auto paths = paths_of(session.system, command);
  if (!paths) {
    return failed(session, Place::source, paths.error());
  }
  auto socket = socket_of(session.system, flow.loaded.settings);
  if (!socket) {
    return nobody_listens(session, socket.error());
  }
  const Nanoseconds deadline = session.system.machine.clock.monotonic() + *timeout;
  return tell(session,
              {.socket = *std::move(socket),
               .paths = *std::move(paths),
               .wish = {.receipts = command.receipt, .monotonic_deadline = deadline}},
              command.json);
}

}  // namespace weir
