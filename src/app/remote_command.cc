// SPDX-License-Identifier: Apache-2.0
#include "app/remote_command.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "app/exit_code.h"
#include "app/run.h"
#include "base/flat_json.h"
#include "base/json_text.h"
#include "base/text.h"

namespace weir {
namespace {

constexpr Nanoseconds patience = 3'600'000'000'000;  // a watch may have much to take back
constexpr std::size_t words_bytes_max = 256 << 10;   // of each stream that come back
constexpr std::array<std::string_view, 6> remote_commands = {"quarantine", "revoke", "replace",
                                                             "roll-up",    "forget", "verify"};

class TextWriter final : public ByteWriter {
 public:
  Result<void> write(std::string_view bytes) override {
    const std::size_t room = words_bytes_max - std::min(words_bytes_max, text_.size());
    text_ += bytes.substr(0, room);
    return {};
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

class BorrowedStore final : public Store {
 public:
  explicit BorrowedStore(Store& store) : store_(store) {}
  Ledger& ledger() override { return store_.ledger(); }
  Committer& committer() override { return store_.committer(); }
  Totals& totals() override { return store_.totals(); }
  Listings& listings() override { return store_.listings(); }
  Audit& audit() override { return store_.audit(); }
  Schema& schema() override { return store_.schema(); }
  History& history() override { return store_.history(); }
  Corrections& corrections() override { return store_.corrections(); }
  TableCopy& copy() override { return store_.copy(); }

 private:
  Store& store_;
};

// What leads to a file here may lead elsewhere from the watch's folder.
std::string seen_from_anywhere(System& system, const std::string& argument) {
  FileSystem& files = system.machine.files;
  if (argument.empty() || argument.starts_with('-') || !files.status(argument)) {
    return argument;
  }
  const auto whole = files.canonical(argument);
  return whole ? *whole : argument;
}

Result<CarriedOut> carried_out_from(const std::string& line) {
  TRY_ASSIGN(const FlatJson answer, flat_json(line));
  const auto exit = whole_in(answer, "exit");
  if (!exit) {
    return Error{ErrorKind::unavailable,
                 "the watch answers otherwise than it should: " + escaped(line)};
  }
  return CarriedOut{.exit = static_cast<int>(*exit),
                    .output = text_in(answer, "output").value_or(""),
                    .talk = text_in(answer, "talk").value_or("")};
}

}  // namespace

Result<std::optional<CarriedOut>> ask_watch(System& system, const std::string& socket,
                                            const std::vector<std::string>& arguments) {
  auto client = connect_lines(system.machine.clock, socket);
  if (!client) {
    return std::optional<CarriedOut>();
  }
  std::string lines;
  for (const std::string& argument : arguments) {
    if (argument.find('\n') != std::string::npos) {
      return Error{ErrorKind::invalid,
                   "an argument with a line end cannot go to a running watch; "
                   "name the file by its number (weir status)"};
    }
    lines += (lines.empty() ? "" : "\n") + seen_from_anywhere(system, argument);
  }
  TRY((*client)->send("{\"arguments\":" + json_text(lines) + "}"));
  TRY_ASSIGN(const auto answer, (*client)->receive(system.machine.clock.monotonic() + patience));
  if (!answer) {
    return Error{ErrorKind::unavailable,
                 "the watch hung up before it answered: what it did is not known; look, and ask "
                 "again"};
  }
  TRY_ASSIGN(auto carried_out, carried_out_from(*answer));
  return std::optional(std::move(carried_out));
}

std::optional<std::vector<std::string>> asked_arguments(std::string_view line) {
  const auto request = flat_json(line);
  const auto text = request ? text_in(*request, "arguments") : std::nullopt;
  if (!text) {
    return std::nullopt;
  }
  std::vector<std::string> arguments;
  for (std::size_t begin = 0; begin <= text->size();) {
    const std::size_t end = std::min(text->find('\n', begin), text->size());
    arguments.push_back(text->substr(begin, end - begin));
    begin = end + 1;
  }
  return arguments;
}

std::string answer_line(const CarriedOut& carried_out) {
  return "{\"exit\":" + std::to_string(carried_out.exit) +
         ",\"output\":" + json_text(carried_out.output) +
         ",\"talk\":" + json_text(carried_out.talk) + "}";
}

CarriedOut carry_out(System& system, const Lent& lent, const std::vector<std::string>& arguments) {
  const bool allowed =
      !arguments.empty() && std::find(remote_commands.begin(), remote_commands.end(),
                                      arguments.front()) != remote_commands.end();
  if (!allowed) {
    return {
        .exit = exit_usage, .output = "", .talk = "a watch does not carry out such a command\n"};
  }
  TextWriter output;
  TextWriter talk;
  System inner{.machine = system.machine,
               .environment = {},
               .input = system.input,
               .output = {.writer = output},
               .talk = {.writer = talk},
               .stop = system.stop,
               .reload = system.reload,
               .cores = system.cores,
               .lent = &lent};
  const int exit = run(arguments, inner);
  return {.exit = exit, .output = output.take(), .talk = talk.take()};
}

std::unique_ptr<Store> borrowed_store(Store& store) {
  return std::make_unique<BorrowedStore>(store);
}

}  // namespace weir
