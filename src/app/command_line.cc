// SPDX-License-Identifier: Apache-2.0
// Which commands and options there are, as CLI11 takes them.
#include "app/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <map>

#include "app/command_options.h"
#include "app/command_texts.h"
#include "app/suggest.h"
#include "app/times.h"
#include "base/text.h"

namespace weir {
namespace {

using Texts = std::vector<std::string>;

Period period_of(const std::string& choices, std::size_t at) {
  return period_from_name(CLI::detail::split(choices, '|')[at]).value_or(Period::file);
}

class Parser {
 public:
  Parser();
  Result<CommandLine> parse(Texts arguments);
  CommandText tree() const { return text_of(app_); }

 private:
  CLI::App& add(CLI::App& parent, const std::string& path, std::function<Command()> result);
  template <class Chosen>
  CLI::App& add(const std::string& path, Chosen& chosen) {
    return add(app_, path, [&chosen] { return Command(chosen); });
  }
  void add_flow(CLI::App& app, FlowFlags& flow, const std::string& store_flag);
  void add_named(CLI::App& app, FlowFlags& flow, const Declared& declared, const std::string& key);
  void add_counting();
  void add_notify();
  void add_reading();
  void add_history();
  void add_span(CLI::App& app, FlowFlags& flow, TypedSpan& span);
  void add_caring();
  void add_correcting();
  void add_quarantine();
  void add_setting_up();
  void add_generate();
  void add_about();

  const CLI::App* chosen() const;
  Error misunderstood(const std::string& what) const;
  std::string unexpected(const Texts& extras) const;
  CommandText text_of(const CLI::App& app) const;

  CLI::App app_{"", "weir"};
  bool version_flag_ = false;
  TalkFlags talk_;
  HelpCommand help_;
  SumCommand sum_;
  IngestCommand ingest_;
  WatchCommand watch_;
  NotifyCommand notify_;
  GetCommand get_;
  ExplainCommand explain_;
  CorrectionsCommand corrections_;
  TopCommand top_;
  StatusCommand status_;
  RejectsCommand rejects_;
  QuarantineCommand quarantine_;
  RevokeCommand revoke_;
  ReplaceCommand replace_;
  RollUpCommand roll_up_;
  ForgetCommand forget_;
  VerifyCommand verify_;
  CopyCommand copy_;
  InitCommand init_;
  CheckCommand check_;
  GenerateCommand generate_;
  CompletionCommand completion_;
  ManCommand man_;
  VersionCommand version_;
  std::map<const CLI::App*, std::function<Command()>> results_;
};

Parser::Parser() {
  app_.set_help_flag("-h,--help", "explain, and leave");
  app_.require_subcommand(0, 1);  // those below inherit it: a file may be called like a command
  app_.add_flag("--version", version_flag_, "print the version, and leave");
  app_.add_flag("-q,--quiet", talk_.quiet, "say nothing but warnings and errors");
  app_.add_flag("--no-progress", talk_.no_progress, "show no progress");
  add_choice(app_,
             {"--color", "auto|always|never", "colours in what is said; NO_COLOR is honoured"},
             [this](std::size_t place) { talk_.colors = static_cast<Colors>(place); });
  add_choice(
      app_,
      {"--log-format", "text|json", "what is said: lines for people, or a JSON object a line"},
      [this](std::size_t place) { talk_.log_format = static_cast<LogFormat>(place); });
  add_counting();
  add_notify();
  add_history();
  add_reading();
  add_quarantine();
  add_correcting();
  add_caring();
  add_setting_up();
  add_generate();
  add_about();
}

CLI::App& Parser::add(CLI::App& parent, const std::string& path, std::function<Command()> result) {
  const CommandWords& words = words_of_command(path);
  CLI::App* const app =
      parent.add_subcommand(path.substr(path.rfind(' ') + 1), std::string(words.summary));
  app->fallthrough();  // what every command takes may stand behind it, too
  results_[app] = std::move(result);
  return *app;
}

void Parser::add_named(CLI::App& app, FlowFlags& flow, const Declared& declared,
                       const std::string& key) {
  const std::string flag = declared.names.substr(declared.names.find("--"));
  const auto take = [&flow, key,
                     flag = flag.substr(0, flag.find(','))](const CLI::results_t& given) {
    flow.named.push_back({flag, key, given.back()});
    return true;
  };
  app.add_option(declared.names, take, declared.text)
      ->type_name(declared.value)
      ->expected(1)
      ->take_last();
}

void Parser::add_flow(CLI::App& app, FlowFlags& flow, const std::string& store_flag) {
  add_text(app, {"-c,--flow", "FILE", "flow file with the settings"}, flow.file);
  if (!store_flag.empty()) {
    add_named(app, flow,
              {store_flag + ",--store", "URL", "database; sqlite:weir.db where none is named"},
              "store.url");
  }
  add_texts(app, {"--set", "KEY=VALUE", "a setting of the flow file; may be repeated"}, flow.set);
}

void Parser::add_counting() {
  const Declared jobs = {"-j,--jobs,--concurrency", "N", "workers; 0, or not given: one a core"};
  CLI::App& sum = add("sum", sum_);
  add_texts(sum, {"FILE", "", "files and folders; -: standard input"}, sum_.flow.paths);
  add_named(sum, sum_.flow, jobs, "jobs");
  add_flow(sum, sum_.flow, "");
  sum.add_flag("--json", sum_.json, "print totals and summary as JSON");

  CLI::App& ingest = add("ingest", ingest_);
  add_texts(ingest, {"PATH", "", "files and folders; else source.url of the flow file"},
            ingest_.flow.paths);
  add_named(ingest, ingest_.flow, jobs, "jobs");
  add_flow(ingest, ingest_.flow, "--into");
  ingest.add_flag("--json", ingest_.json, "print the summary as JSON");

  CLI::App& watch = add("watch", watch_);
  add_texts(watch, {"PATH", "", "files and folders; else source.url of the flow file"},
            watch_.flow.paths);
  add_named(watch, watch_.flow, jobs, "jobs");
  add_flow(watch, watch_.flow, "--into");
}

void Parser::add_notify() {
  CLI::App& notify = add("notify", notify_);
  add_texts(notify, {"FILE", "", "files that are complete"}, notify_.files)->required();
  add_named(notify, notify_.flow, {"--socket", "PATH", "where weir listens; else notify.socket"},
            "notify.socket");
  notify.add_flag("--receipt", notify_.receipt, "wait until they are counted, durably");
  add_text(notify, {"--timeout", "TIME", "wait at most so long; 30s"}, notify_.timeout);
  add_flow(notify, notify_.flow, "--into");
  notify.add_flag("--json", notify_.json, "print the answers as JSON");
}

void Parser::add_reading() {
  const std::string json = "print JSON";
  CLI::App& top = add("top", top_);
  add_number(top, {"N", "", "how many; 10 where not given"}, top_.rows);
  add_flow(top, top_.flow, "--from");
  top.add_flag("--json", top_.json, json);

  CLI::App& status = add("status", status_);
  status.add_flag("--checkpoints", status_.checkpoints, "print file,start_line,end_line");
  add_flow(status, status_.flow, "--from");
  status.add_flag("--json", status_.json, json);

  CLI::App& rejects = add("rejects", rejects_);
  add_text(rejects, {"FILE", "", "path or number of a file; all where not given"}, rejects_.file);
  add_flow(rejects, rejects_.flow, "--from");
  rejects.add_flag("--json", rejects_.json, json);
}

// The database had --from before times had: what begins with a digit is a time.
void Parser::add_span(CLI::App& app, FlowFlags& flow, TypedSpan& span) {
  add_flow(app, flow, "");
  add_named(app, flow, {"--store", "URL", "database; sqlite:weir.db where none is named"},
            "store.url");
  add_each(app, {"--from", "TIME", "files accepted from then on; or a database, as --store"},
           [&flow, &span](const std::string& given) {
             if (looks_like_moment(given)) {
               span.from = given;
             } else {
               flow.named.push_back({"--from", "store.url", given});
             }
           });
  add_text(app, {"--to", "TIME", "files accepted before then"}, span.to);
}

void Parser::add_history() {
  const std::string periods = "hour|day|month";
  CLI::App& get = add("get", get_);
  add_texts(get, {"KEY", "", "consumers"}, get_.keys)->required();
  add_span(get, get_.flow, get_.span);
  add_choice(get, {"--by", periods, "a line for each hour, day or month of UTC"},
             [this, periods](std::size_t at) { get_.by = period_of(periods, at); });
  get.add_flag("--json", get_.json, "print JSON");

  CLI::App& explain = add("explain", explain_);
  add_text(explain, {"KEY", "", "a consumer"}, explain_.key)->required();
  add_span(explain, explain_.flow, explain_.span);
  explain.add_flag("--json", explain_.json, "print JSON");
}

void Parser::add_correcting() {
  CLI::App& revoke = add("revoke", revoke_);
  add_texts(revoke, {"FILE", "", "paths or numbers of files"}, revoke_.files)->required();
  add_text(revoke, {"--why", "TEXT", "the reason, for the record"}, revoke_.why);
  add_flow(revoke, revoke_.flow, "--from");
  revoke.add_flag("--json", revoke_.json, "print JSON");

  CLI::App& replace = add("replace", replace_);
  add_text(replace, {"OLD", "", "the file to take back, by path or number"}, replace_.old_file)
      ->required();
  add_text(replace, {"NEW", "", "the file to count in its place"}, replace_.new_file)->required();
  add_flow(replace, replace_.flow, "--into");
  replace.add_flag("--json", replace_.json, "print JSON");

  CLI::App& corrections = add("corrections", corrections_);
  add_flow(corrections, corrections_.flow, "--from");
  corrections.add_flag("--json", corrections_.json, "print JSON");

  const std::string periods = "hour|day|month";
  CLI::App& roll_up = add("roll-up", roll_up_);
  add_text(roll_up, {"--older-than", "TIME", "what is so old, such as 30d; else the flow file's"},
           roll_up_.older_than);
  add_choice(roll_up, {"--into", periods, "how long the periods are; else the flow file's"},
             [this, periods](std::size_t at) { roll_up_.into = period_of(periods, at); });
  add_flow(roll_up, roll_up_.flow, "--from");
  roll_up.add_flag("--json", roll_up_.json, "print JSON");

  CLI::App& forget = add("forget", forget_);
  add_text(forget, {"--before", "TIME", "files that were finished before then"}, forget_.before)
      ->required();
  add_flow(forget, forget_.flow, "--from");
  forget.add_flag("--json", forget_.json, "print JSON");
}

void Parser::add_quarantine() {
  using Action = QuarantineCommand::Action;
  const auto with = [this](Action action) {
    return [this, action] {
      quarantine_.action = action;
      return Command(quarantine_);
    };
  };
  CLI::App& quarantine = add(app_, "quarantine", with(Action::list));
  add_flow(quarantine, quarantine_.flow, "--from");
  quarantine.add_flag("--json", quarantine_.json, "print JSON");
  add(quarantine, "quarantine list", with(Action::list));
  const Declared file = {"FILE", "", "paths or numbers of files"};
  for (const auto& [path, action] :
       {std::pair("quarantine retry", Action::retry), std::pair("quarantine drop", Action::drop)}) {
    CLI::App& decided = add(quarantine, path, with(action));
    add_texts(decided, file, quarantine_.files);
    decided.add_flag("--all", quarantine_.all, "every file that is set aside");
  }
}

void Parser::add_caring() {
  CLI::App& verify = add("verify", verify_);
  verify.add_flag("--read", verify_.read, "read every counted file once more, too");
  verify.add_flag("--rebase", verify_.rebase, "accept what others wrote to the table");
  add_text(verify, {"--why", "TEXT", "the reason for --rebase, for the record"}, verify_.why);
  add_flow(verify, verify_.flow, "--from");
  add_named(verify, verify_.flow,
            {"-j,--jobs,--concurrency", "N", "workers for --read; 0: one a core"}, "jobs");
  verify.add_flag("--json", verify_.json, "print JSON");
}

void Parser::add_setting_up() {
  CLI::App& copy = add("copy", copy_);
  add_text(copy, {"--from", "URL", "database to copy from"}, copy_.from)->required();
  add_flow(copy, copy_.flow, "--into");
  copy.add_flag("--json", copy_.json, "print JSON");
  add_flow(add("init", init_), init_.flow, "--into");
  CLI::App& check = add("check", check_);
  check.add_flag("--connect", check_.connect, "look whether source and database can be reached");
  add_flow(check, check_.flow, "--into");
  check.add_flag("--json", check_.json, "print JSON");
}

void Parser::add_generate() {
  GenerateCommand& made = generate_;
  CLI::App& app = add("generate", made);
  const auto text = [&app](const std::string& names, const std::string& value,
                           const std::string& what, std::string& target) {
    return add_text(app, {names, value, what}, target);
  };
  text("DIR", "", "folder to write into; made where it is not there", made.folder)->required();
  text("--files", "N", "how many files; 4. 0: until --duration ends, or ^C", made.files);
  text("--lines", "N", "lines in each file, such as 200k or 1M; 100k", made.lines);
  text("--size", "SIZE", "instead: bytes in each file, before compression", made.size);
  text("--total-lines", "N", "instead: lines in all files together", made.total_lines);
  text("--consumers", "N", "how many consumers there are; 1000", made.consumers);
  text("--distribution", "uniform|zipf", "all alike, or few use most; uniform", made.distribution);
  text("--names", "dense|sparse|text", "1 to N, numbers all over 63 bits, or words; dense",
       made.names);
  text("--amounts", "MIN..MAX", "amount of a line; 0..1000", made.amounts);
  text("--seed", "N", "the same seed gives the same lines; 1", made.seed);
  text("--bad", "SHARE", "share of bad lines, such as 0.001; 0", made.bad);
  text("--blank", "SHARE", "share of blank lines; 0", made.blank);
  add_texts(app, {"--compress", "none|gzip|zstd", "may be repeated: the files take turns; none"},
            made.compress);
  text("--prefix", "NAME", "files are called NAME-SEED-NUMBER.txt; usage", made.prefix);
  text("--first", "N", "number of the first file; 1", made.first);
  text("--rate", "N", "lines a second; as fast as can be", made.rate);
  text("--files-rate", "N", "files a second; as fast as can be", made.files_rate);
  text("--duration", "TIME", "stop after so long, such as 30s", made.duration);
  text("--notify", "PATH", "tell the weir that listens on this socket of each file", made.notify);
  app.add_flag("--no-sync", made.no_sync, "do not wait until each file is on the disk");
  text("--totals", "FILE", "write the exact totals of it all there; -: print them", made.totals);
  app.add_flag("--json", made.json, "print the summary as JSON");
}

void Parser::add_about() {
  CLI::App& help = add("help", help_);
  add_texts(help, {"COMMAND", "", "which"}, help_.words);
  CLI::App& completion = add("completion", completion_);
  const Texts shells = {"bash", "zsh", "fish"};
  add_choice(completion, {"SHELL", "bash|zsh|fish", "which shell"}, [this, shells](std::size_t at) {
    completion_.shell = shells[at];
  })->required();
  CLI::App& man = add("man", man_);
  man.add_flag_callback(
      "--commands", [this] { man_.page = ManCommand::Page::commands; },
      "every command, as Markdown");
  man.add_flag_callback(
      "--flow-file", [this] { man_.page = ManCommand::Page::flow_file; },
      "every key of a flow file, as Markdown");
  CLI::App& version = add("version", version_);
  version.add_flag("--json", version_.json, "print JSON");
}

const CLI::App* Parser::chosen() const {
  const CLI::App* app = &app_;
  while (!app->get_subcommands().empty()) {
    app = app->get_subcommands().front();
  }
  return app;
}

Texts path_of(const CLI::App* app) {
  Texts words;
  for (; app->get_parent() != nullptr; app = app->get_parent()) {
    words.insert(words.begin(), app->get_name());
  }
  return words;
}

std::string joined_words(const Texts& words) {
  return CLI::detail::join(words, " ");
}

Error Parser::misunderstood(const std::string& what) const {
  const std::string command = joined_words(path_of(chosen()));
  return {ErrorKind::invalid,
          fmt::format("{}\n  weir {}{}--help explains", what, command, command.empty() ? "" : " ")};
}

// What was not expected, and what may have been meant.
std::string Parser::unexpected(const Texts& extras) const {
  const CLI::App* const app = chosen();
  const std::string& extra = extras.front();
  const bool is_option = extra.starts_with('-');
  Texts known;
  for (const CLI::App* at = app; at != nullptr && is_option; at = at->get_parent()) {
    for (const CLI::Option* const option : at->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        known.push_back("--" + name);
      }
    }
  }
  for (const CLI::App* const command : app->get_subcommands({})) {
    known.push_back(is_option ? "" : command->get_name());
  }
  const std::string shown = is_option ? extra.substr(0, extra.find('=')) : extra;  // no secret
  const std::string near = nearest(shown, known);
  const std::string place = joined_words(path_of(app));
  return fmt::format("{}: weir {}{}{}", escaped(shown, 200), place.empty() ? "" : place + " ",
                     is_option ? "has no such option" : "does not know that word",
                     near.empty() ? "" : fmt::format("; did you mean {}?", near));
}

Result<CommandLine> Parser::parse(Texts arguments) {
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
  try {
    app_.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    return CommandLine{talk_, HelpCommand{path_of(chosen())}};
  } catch (const CLI::ExtrasError&) {
    return misunderstood(unexpected(app_.remaining(true)));
  } catch (const CLI::ParseError& error) {
    return misunderstood(escaped(error.what(), 400));
  }
  if (version_flag_) {
    return CommandLine{talk_, version_};
  }
  const auto result = results_.find(chosen());
  if (result == results_.end()) {
    return misunderstood("no command is given");
  }
  return CommandLine{talk_, result->second()};
}

CommandText Parser::text_of(const CLI::App& app) const {
  const CommandWords& words = words_of_command(joined_words(path_of(&app)));
  CommandText text{.name = app.get_parent() == nullptr ? "" : app.get_name(),
                   .group = std::string(words.group),
                   .summary = std::string(words.summary),
                   .details = std::string(words.details),
                   .examples = std::string(words.examples)};
  for (const CLI::Option* const option : app.get_options()) {
    if (option->get_positional()) {
      text.arguments.push_back(weir::text_of(*option));
    } else if (option != app.get_help_ptr() || app.get_parent() == nullptr) {
      text.options.push_back(weir::text_of(*option));
    }
  }
  for (const CLI::App* const command : app.get_subcommands({})) {
    text.commands.push_back(text_of(*command));
  }
  return text;
}

}  // namespace

Result<CommandLine> parse_command_line(const Texts& arguments) {
  return Parser().parse(arguments);
}

CommandText command_tree() {
  return Parser().tree();
}

}  // namespace weir
