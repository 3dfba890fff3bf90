// SPDX-License-Identifier: Apache-2.0
#include "lease/redis.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "lease/redis_connection.h"
#include "lease/redis_place.h"

namespace weir {
namespace {

using Answers = std::vector<RedisAnswer>;
using Kind = RedisAnswer::Kind;

constexpr Nanoseconds nanoseconds_a_ms = 1'000'000;
constexpr std::size_t commands_a_call_max = 256;  // sent before their answers are read
constexpr int scan_keys = 1000;                   // looked at in a step of listing
constexpr int scan_steps_max = 1000;              // of a listing, then it is not complete

// Each script is one atomic step on one key, and reads no more of a value than a lease can have.
// 1: ours, now for ARGV[2] milliseconds.
//
// 0: another's. -1: foreign: no text, not ours by its first word, or without the expiry that every
// lease has (ARGV[3]: the longest).
constexpr const char* take_script = R"(
if redis.call('set', KEYS[1], ARGV[1], 'nx', 'px', ARGV[2]) then return 1 end
local value = redis.pcall('getrange', KEYS[1], 0, 511)
if value == ARGV[1] then redis.call('pexpire', KEYS[1], ARGV[2]) return 1 end
local left = redis.call('pttl', KEYS[1])
if type(value) ~= 'string' or string.sub(value, 1, 5) ~= 'weir ' then return -1 end
if left < 0 or left > tonumber(ARGV[3]) then return -1 end
return 0)";

constexpr const char* renew_script = R"(
if redis.pcall('getrange', KEYS[1], 0, 511) ~= ARGV[1] then return 0 end
return redis.call('pexpire', KEYS[1], ARGV[2]))";

constexpr const char* look_script = R"(
return {redis.pcall('getrange', KEYS[1], 0, 511), redis.call('pttl', KEYS[1])})";

constexpr const char* give_back_script = R"(
if redis.pcall('getrange', KEYS[1], 0, 511) ~= ARGV[1] then return 0 end
return redis.call('del', KEYS[1]))";

// What the first word of a refusal says. Whatever is not named here may pass by itself: the server
// is loading, busy with a script, out of memory, a replica, or cut off from its own.
struct Refusal {
  std::string_view word;
  std::string_view meaning;
};
constexpr Refusal lasting_refusals[] = {
    {"NOAUTH", "it wants a password"},
    {"WRONGPASS", "it does not accept the user or the password"},
    {"NOPERM", "the user may not do this"},
    {"MOVED", "it is part of a cluster; leases take a single server"},
    {"ASK", "it is part of a cluster; leases take a single server"},
    {"CROSSSLOT", "it is part of a cluster; leases take a single server"},
    {"DENIED", "it talks to its own machine alone"},
    {"ERR", "it does not know or accept this"},
};
constexpr std::string_view passing_errors[] = {
    "ERR max number of clients",
    "ERR Error running script",  // before version 7: the true word is within
};

Error refusal_error(const std::string& text) {
  const std::string_view word = std::string_view(text).substr(0, text.find(' '));
  const auto begins = [&text](std::string_view start) { return text.starts_with(start); };
  const auto is_it = [word](const Refusal& each) { return each.word == word; };
  const auto* const found = std::ranges::find_if(lasting_refusals, is_it);
  if (found == std::end(lasting_refusals) || std::ranges::any_of(passing_errors, begins)) {
    return {.kind = ErrorKind::unavailable, .message = escaped(text)};
  }
  return {.kind = ErrorKind::invalid,
          .message = std::string(found->meaning) + " (" + escaped(text) + ")"};
}

Error strange() {
  return {.kind = ErrorKind::unavailable, .message = "not the answer of a Redis"};
}

struct FoundNames {
  std::vector<LeaseName> names;  // ascending
  bool complete = true;
};

// The first refusal among answers, as an error.
Result<Answers> without_refusals(Answers answers) {
  for (const RedisAnswer& answer : answers) {
    if (answer.kind == Kind::refusal) {
      return refusal_error(answer.text);
    }
  }
  return answers;
}

std::vector<RedisCommand> login_commands(const RedisPlace& place) {
  std::vector<RedisCommand> commands;
  if (!place.password.empty()) {
    commands.push_back(place.user.empty() ? RedisCommand{"AUTH", place.password}
                                          : RedisCommand{"AUTH", place.user, place.password});
  }
  commands.push_back({"SELECT", std::to_string(place.database)});
  return commands;
}

class RedisLeases final : public Leases {
 public:
  RedisLeases(RedisPlace place, const RedisLeaseOptions& options, Clock& clock, Random& random,
              Tasks& tasks)
      : place_(std::move(place)),
        limits_(options.limits),
        value_(redis_value(options.holder)),
        keys_(options.prefix, options.holder.flow),
        clock_(clock),
        random_(random),
        monitor_(tasks.monitor()) {}

  Result<std::vector<LeaseAnswer>> take(std::span<const LeaseName> names,
                                        Nanoseconds lasts) override {
    TRY_ASSIGN(const auto numbers,
               each(names, take_script,
                    {ms_text(lasts), std::to_string(lease_lasts_max / nanoseconds_a_ms)}));
    std::vector<LeaseAnswer> answers;
    answers.reserve(numbers.size());
    for (const std::int64_t number : numbers) {
      answers.push_back(number == 1   ? LeaseAnswer::ours
                        : number == 0 ? LeaseAnswer::held
                                      : LeaseAnswer::foreign);
    }
    return answers;
  }

  Result<std::vector<bool>> renew(std::span<const LeaseName> names, Nanoseconds lasts) override {
    TRY_ASSIGN(const auto numbers, each(names, renew_script, {ms_text(lasts)}));
    std::vector<bool> ours;
    ours.reserve(numbers.size());
    for (const std::int64_t number : numbers) {
      ours.push_back(number == 1);
    }
    return ours;
  }

  Result<void> give_back(std::span<const LeaseName> names) override {
    TRY_ASSIGN(const auto numbers, each(names, give_back_script, {}));
    (void)numbers;  // those that were not ours stay as they are
    return {};
  }

  Result<LeaseListing> list(std::size_t rows_max) override;

 private:
  static std::string ms_text(Nanoseconds lasts) {
    CHECK(lasts >= lease_lasts_min && lasts <= lease_lasts_max);
    return std::to_string(lasts / nanoseconds_a_ms);
  }

  Nanoseconds in(int ms) { return clock_.monotonic() + ms * nanoseconds_a_ms; }

  RedisCommand run(const char* script, const LeaseName& name) const {
    return {"EVAL", script, "1", keys_.key(name)};
  }

  // A script for each name, on our value and these arguments; the number that each answers.
  Result<std::vector<std::int64_t>> each(std::span<const LeaseName> names, const char* script,
                                         const std::vector<std::string>& arguments) {
    const Nanoseconds deadline = in(limits_.call_ms_max);
    std::vector<std::int64_t> numbers;
    while (!names.empty()) {
      const auto now = names.first(std::min(names.size(), commands_a_call_max));
      names = names.subspan(now.size());
      std::vector<RedisCommand> commands;
      for (const LeaseName& name : now) {
        commands.push_back(run(script, name));
        commands.back().push_back(value_);
        commands.back().insert(commands.back().end(), arguments.begin(), arguments.end());
      }
      TRY_ASSIGN(const Answers answers, ask(commands, deadline));
      for (const RedisAnswer& answer : answers) {
        if (answer.kind != Kind::number) {
          return strange();
        }
        numbers.push_back(answer.number);
      }
    }
    return numbers;
  }

  Result<Answers> ask(std::span<const RedisCommand> commands, Nanoseconds deadline);
  Result<Answers> ask_server(std::span<const RedisCommand> commands, Nanoseconds deadline);
  Result<Answers> ask_connected(std::span<const RedisCommand> commands, Nanoseconds deadline);
  Result<void> connect(Nanoseconds deadline);
  Error failed(Error error);
  Result<FoundNames> find_names(Nanoseconds deadline);
  Result<LeaseRow> row(const LeaseName& name, const RedisAnswer& answer) const;

  const RedisPlace place_;
  const RedisLimits limits_;
  const std::string value_;
  const RedisKeys keys_;
  Clock& clock_;
  Random& random_;
  const std::unique_ptr<Monitor> monitor_;  // held for all below
  std::unique_ptr<RedisConnection> connection_;
  std::optional<Error> failure_;  // the last one, until something succeeds
  Nanoseconds quiet_until_ = 0;   // monotonic; nobody is asked before
  int pause_ms_ = 0;              // the last pause; 0: none
};

Result<Answers> RedisLeases::ask(std::span<const RedisCommand> commands, Nanoseconds deadline) {
  const Held held(*monitor_);
  if (failure_ && clock_.monotonic() < quiet_until_) {
    return failure_->within("not asked again yet");
  }
  auto answers = ask_server(commands, deadline);
  if (!answers) {
    return failed(std::move(answers).error());
  }
  failure_.reset();
  pause_ms_ = 0;
  return answers;
}

// A connection that was left alone for long may have been closed meanwhile, which says nothing of
// the server: then once more, on a new one. Every command may be repeated.
Result<Answers> RedisLeases::ask_server(std::span<const RedisCommand> commands,
                                        Nanoseconds deadline) {
  if (connection_) {
    auto answers = ask_connected(commands, deadline);
    if (answers || connection_ || answers.error().os_code == ETIMEDOUT) {
      return answers;
    }
  }
  TRY(connect(deadline));
  return ask_connected(commands, deadline);
}

// Without a connection afterwards, where it broke.
Result<Answers> RedisLeases::ask_connected(std::span<const RedisCommand> commands,
                                           Nanoseconds deadline) {
  auto answers = connection_->ask(commands, deadline);
  if (!answers) {
    connection_.reset();
    return answers;
  }
  return without_refusals(*std::move(answers));
}

Result<void> RedisLeases::connect(Nanoseconds deadline) {
  TRY_ASSIGN(auto connection, connect_redis(place_, limits_.connect_ms_max, clock_));
  TRY_ASSIGN(auto answers, connection->ask(login_commands(place_), deadline));
  TRY(without_refusals(std::move(answers)));
  connection_ = std::move(connection);
  return {};
}

// Remembers it, and that nobody is asked for a while. The next to ask connects anew: a server that
// has become a replica refuses for ever, and its name may lead to another by then.
Error RedisLeases::failed(Error error) {
  connection_.reset();
  pause_ms_ = std::clamp(pause_ms_ * 2, limits_.pause_ms_min, limits_.pause_ms_max);
  const Nanoseconds half = pause_ms_ * nanoseconds_a_ms / 2;
  const auto chance = random_.next() % static_cast<std::uint64_t>(half + 1);
  quiet_until_ = clock_.monotonic() + half + static_cast<Nanoseconds>(chance);
  failure_ = std::move(error).within(place_.shown());
  return *failure_;
}

// Redis shows its keys in steps, some of them twice.
Result<FoundNames> RedisLeases::find_names(Nanoseconds deadline) {
  FoundNames found;
  std::string cursor = "0";
  int steps = 0;
  do {
    const RedisCommand scan = {"SCAN",          cursor,  "MATCH",
                               keys_.pattern(), "COUNT", std::to_string(scan_keys)};
    TRY_ASSIGN(const Answers answers, ask({&scan, 1}, deadline));
    const auto& parts = answers.front().list;
    if (parts.size() != 2 || parts[0].kind != Kind::text) {
      return strange();
    }
    cursor = parts[0].text;
    for (const RedisAnswer& key : parts[1].list) {
      if (auto name = keys_.name(key.text)) {
        found.names.push_back(*std::move(name));
      }
    }
  } while (cursor != "0" && ++steps < scan_steps_max);
  found.complete = cursor == "0";
  std::ranges::sort(found.names);
  const auto twice = std::ranges::unique(found.names);
  found.names.erase(twice.begin(), twice.end());
  return found;
}

Result<LeaseRow> RedisLeases::row(const LeaseName& name, const RedisAnswer& answer) const {
  if (answer.list.size() != 2 || answer.list[1].kind != Kind::number) {
    return strange();
  }
  const RedisAnswer& value = answer.list[0];
  const std::int64_t ms_left = answer.list[1].number;
  const auto worker = value.kind == Kind::text ? worker_of_redis_value(value.text) : std::nullopt;
  if (!worker || ms_left < 0 || ms_left * nanoseconds_a_ms > lease_lasts_max) {
    return LeaseRow{.name = name, .foreign = true};
  }
  return LeaseRow{.name = name,
                  .worker = *worker,
                  .ours = value.text == value_,
                  .left = ms_left * nanoseconds_a_ms};
}

Result<LeaseListing> RedisLeases::list(std::size_t rows_max) {
  const Nanoseconds deadline = in(limits_.list_ms_max);
  TRY_ASSIGN(FoundNames found, find_names(deadline));
  LeaseListing listing{.complete = found.complete && found.names.size() <= rows_max};
  found.names.resize(std::min(found.names.size(), rows_max));
  for (std::span<const LeaseName> rest = found.names; !rest.empty();) {
    const auto now = rest.first(std::min(rest.size(), commands_a_call_max));
    rest = rest.subspan(now.size());
    std::vector<RedisCommand> commands;
    for (const LeaseName& name : now) {
      commands.push_back(run(look_script, name));
    }
    TRY_ASSIGN(const Answers answers, ask(commands, deadline));
    for (std::size_t i = 0; i < now.size(); ++i) {
      constexpr std::int64_t gone = -2;  // PTTL of what expired since it was found
      const auto& parts = answers[i].list;
      if (parts.size() == 2 && parts[1].number == gone) {
        continue;
      }
      TRY_ASSIGN(LeaseRow next, row(now[i], answers[i]));
      listing.rows.push_back(std::move(next));
    }
  }
  return listing;
}

}  // namespace

Result<std::unique_ptr<Leases>> open_redis_leases(const RedisLeaseOptions& options, Clock& clock,
                                                  Random& random, Tasks& tasks) {
  CHECK(!options.holder.token.empty());
  TRY_ASSIGN(RedisPlace place, redis_place(options.url));
  return std::unique_ptr<Leases>(
      std::make_unique<RedisLeases>(std::move(place), options, clock, random, tasks));
}

}  // namespace weir
