// SPDX-License-Identifier: Apache-2.0
// The contract of Leases (lease/lease.h), held against every implementation:
//
//   taking      one holder a name, for a time; taking again renews
//   renewing    only by the holder, and only while it is one
//   giving back only what is one's own; what others put there stays
//   losing      expired, flushed: free for all, and the old holder hears of it when it asks
//
// A further implementation joins by a LeaseWorld of its own. Servers are real ones
// (WEIR_TEST_REDIS, WEIR_TEST_POSTGRES, WEIR_TEST_MARIADB).
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <set>
#include <thread>

#include "base/check.h"
#include "lease/faulty.h"
#include "lease/memory.h"
#include "lease/redis.h"
#include "lease/redis_connection.h"
#include "store/mariadb.h"
#include "store/postgres.h"
#include "support/manual_clock.h"
#include "support/mariadb.h"
#include "support/postgres.h"

namespace weir::testing {
namespace {

constexpr Nanoseconds second = 1'000'000'000;
constexpr Nanoseconds ms = 1'000'000;

class LeaseWorld {
 public:
  virtual ~LeaseWorld() = default;
  virtual std::unique_ptr<Leases> open(const LeaseHolder& holder) = 0;
  virtual void pass_some_time() = 0;
  virtual void flush() = 0;
  virtual void put_foreign(const std::string& flow, const LeaseName& name) = 0;

  std::unique_ptr<Leases> worker(const std::string& name, const std::string& flow = "usage") {
    return open({.flow = flow, .worker = name, .token = new_lease_token(*random_)});
  }

 private:
  const std::unique_ptr<Random> random_ = seeded_random(7);
};

class MemoryWorld : public LeaseWorld {
 public:
  std::unique_ptr<Leases> open(const LeaseHolder& holder) override {
    return memory_leases(table_, holder);
  }
  void pass_some_time() override { clock_.set(clock_.monotonic() + 10 * ms); }
  void flush() override { weir::flush(*table_); }
  void put_foreign(const std::string& flow, const LeaseName& name) override {
    weir::put_foreign(*table_, flow, name);
  }

 private:
  ManualClock clock_;
  const std::unique_ptr<Tasks> tasks_ = thread_tasks();
  const std::shared_ptr<MemoryLeaseTable> table_ = memory_lease_table(clock_, *tasks_);
};

// A faulty one without faults, which owns what it borrows.
class Wrapped final : public Leases {
 public:
  explicit Wrapped(std::unique_ptr<Leases> leases)
      : leases_(std::move(leases)), faulty_(faulty_leases(*leases_, system_random(), {})) {}
  Result<std::vector<LeaseAnswer>> take(std::span<const LeaseName> names,
                                        Nanoseconds lasts) override {
    return faulty_->take(names, lasts);
  }
  Result<std::vector<bool>> renew(std::span<const LeaseName> names, Nanoseconds lasts) override {
    return faulty_->renew(names, lasts);
  }
  Result<void> give_back(std::span<const LeaseName> names) override {
    return faulty_->give_back(names);
  }
  Result<LeaseListing> list(std::size_t rows_max) override { return faulty_->list(rows_max); }

 private:
  const std::unique_ptr<Leases> leases_;
  const std::unique_ptr<Leases> faulty_;
};

class FaultyWorld final : public MemoryWorld {
 public:
  std::unique_ptr<Leases> open(const LeaseHolder& holder) override {
    return std::make_unique<Wrapped>(MemoryWorld::open(holder));
  }
};

// Every test has a prefix of its own: they share the server, and run at the same time.
class RedisWorld final : public LeaseWorld {
 public:
  std::unique_ptr<Leases> open(const LeaseHolder& holder) override {
    auto leases = open_redis_leases({.url = url_,
                                     .prefix = prefix_,
                                     .holder = holder,
                                     .limits = {.call_ms_max = 60'000, .connect_ms_max = 60'000}},
                                    system_clock(), system_random(), *tasks_);
    CHECK(leases);
    return *std::move(leases);
  }
  void pass_some_time() override { std::this_thread::sleep_for(std::chrono::milliseconds(10)); }
  void flush() override {
    command({"EVAL", "for _, k in ipairs(redis.call('keys', ARGV[1])) do redis.call('del', k) end",
             "0", prefix_ + ":*"});
  }
  // No text at all: a list, without an end.
  void put_foreign(const std::string& flow, const LeaseName& name) override {
    command({"LPUSH", RedisKeys(prefix_, flow).key(name), "something"});
  }
  // With an end, or (0) without.
  void put_text(const LeaseName& name, const std::string& value, Nanoseconds lasts = 0) {
    RedisCommand set = {"SET", RedisKeys(prefix_, "usage").key(name), value};
    if (lasts > 0) {
      set.insert(set.end(), {"PX", std::to_string(lasts / ms)});
    }
    command(set);
  }

 private:
  void command(const RedisCommand& command) {
    const auto place = redis_place(url_);
    CHECK(place);
    auto connection = connect_redis(*place, 60'000, system_clock());
    CHECK(connection);
    const auto answers =
        (*connection)->ask({&command, 1}, system_clock().monotonic() + 60 * second);
    CHECK(answers && answers->front().kind != RedisAnswer::Kind::refusal);
  }

  const std::string url_ = std::getenv("WEIR_TEST_REDIS");
  const std::string prefix_ = "test" + new_lease_token(system_random());
  const std::unique_ptr<Tasks> tasks_ = thread_tasks();
};

// In a table, by the server's clock.
class SqlWorld : public LeaseWorld {
 public:
  void pass_some_time() override { std::this_thread::sleep_for(std::chrono::milliseconds(10)); }
  void put_foreign(const std::string& /*flow*/, const LeaseName& /*name*/) override {
    CHECK(false);  // the table is weir's own
  }
};

class PostgresWorld final : public SqlWorld {
 public:
  PostgresWorld() {
    const auto store = open_postgres_store(system_clock(), {.url = schema_.url()});
    CHECK(store && (*store)->schema().prepare());
  }
  std::unique_ptr<Leases> open(const LeaseHolder& holder) override {
    return postgres_leases(system_clock(), {.url = schema_.url()}, holder);
  }
  void flush() override { CHECK(schema_.hand().execute("DELETE FROM weir_lease")); }

 private:
  PostgresSchemaOfTest schema_;
};

class MariadbWorld final : public SqlWorld {
 public:
  MariadbWorld() {
    const auto store = open_mariadb_store(system_clock(), options());
    CHECK(store && (*store)->schema().prepare());
  }
  std::unique_ptr<Leases> open(const LeaseHolder& holder) override {
    auto leases = mariadb_leases(system_clock(), options(), holder);
    CHECK(leases);
    return *std::move(leases);
  }
  void flush() override { CHECK(database_.sql("DELETE FROM weir_lease") == ""); }

 private:
  MariadbStoreOptions options() const {
    return {.url = database_.url(), .durability = MariadbStoreOptions::Durability::relaxed};
  }
  MariadbDatabaseOfTest database_;
};

class LeaseContract : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string which = GetParam();
    if ((which == "redis" && std::getenv("WEIR_TEST_REDIS") == nullptr) ||
        (which == "postgresql" && postgres_server_url().empty()) ||
        (which == "mariadb" && mariadb_server_url().empty())) {
      FAIL() << "no server: run this through tools/run_ctest.sh, or "
                "tests/servers/run_with_servers.py --redis --postgres --mariadb --";
    }
    if (which == "redis") {
      world_ = std::make_unique<RedisWorld>();
    } else if (which == "postgresql") {
      world_ = std::make_unique<PostgresWorld>();
    } else if (which == "mariadb") {
      world_ = std::make_unique<MariadbWorld>();
    } else if (which == "faulty") {
      world_ = std::make_unique<FaultyWorld>();
    } else {
      world_ = std::make_unique<MemoryWorld>();
    }
  }
  LeaseWorld& world() { return *world_; }

  // Polls; what is asked for comes by itself, sooner or later.
  void until(const std::function<bool()>& condition) {
    while (!condition()) {
      world().pass_some_time();
    }
  }

 private:
  std::unique_ptr<LeaseWorld> world_;
};

// Where others may put what is no lease.
class LeasesAmongOthers : public LeaseContract {};

const auto name_of_world = [](const auto& test) { return std::string(test.param); };
INSTANTIATE_TEST_SUITE_P(Everywhere, LeaseContract,
                         ::testing::Values("memory", "faulty", "redis", "postgresql", "mariadb"),
                         name_of_world);
INSTANTIATE_TEST_SUITE_P(Everywhere, LeasesAmongOthers,
                         ::testing::Values("memory", "faulty", "redis"), name_of_world);

LeaseAnswer take(Leases& leases, const LeaseName& name, Nanoseconds lasts = 60 * second) {
  const auto answers = leases.take({&name, 1}, lasts);
  CHECK(answers && answers->size() == 1);
  return answers->front();
}
bool renew(Leases& leases, const LeaseName& name, Nanoseconds lasts = 60 * second) {
  const auto ours = leases.renew({&name, 1}, lasts);
  CHECK(ours && ours->size() == 1);
  return ours->front();
}
void give_back(Leases& leases, const LeaseName& name) {
  CHECK(leases.give_back({&name, 1}));
}
std::vector<LeaseRow> rows(Leases& leases) {
  auto listing = leases.list(1000);
  CHECK(listing && listing->complete);
  return std::move(listing->rows);
}

const LeaseName one = {.kind = "unit", .name = "1"};
const LeaseName two = {.kind = "unit", .name = "2"};

TEST_P(LeaseContract, WhatIsFreeIsTakenByOneAlone) {
  const auto a = world().worker("a");
  const auto b = world().worker("b");
  EXPECT_EQ(take(*a, one), LeaseAnswer::ours);
  EXPECT_EQ(take(*b, one), LeaseAnswer::held);
  EXPECT_EQ(take(*b, two), LeaseAnswer::ours);
  give_back(*a, one);
  EXPECT_EQ(take(*b, one), LeaseAnswer::ours);
}

TEST_P(LeaseContract, TakingOrRenewingWhatOneHoldsLengthensIt) {
  const auto a = world().worker("a");
  EXPECT_EQ(take(*a, one, 10 * second), LeaseAnswer::ours);
  EXPECT_LE(rows(*a).front().left, 10 * second);
  EXPECT_EQ(take(*a, one, 1000 * second), LeaseAnswer::ours);
  EXPECT_GT(rows(*a).front().left, 10 * second);
  EXPECT_TRUE(renew(*a, one, 3000 * second));
  EXPECT_GT(rows(*a).front().left, 1000 * second);
}

TEST_P(LeaseContract, ManyAreAnsweredInOrder) {
  const auto a = world().worker("a");
  const auto b = world().worker("b");
  std::vector<LeaseName> names;
  for (int i = 0; i < 700; ++i) {
    names.push_back({.kind = "unit", .name = std::to_string(i)});
    if (i % 3 == 0) {
      EXPECT_EQ(take(*b, names.back()), LeaseAnswer::ours);
    }
  }
  names.push_back(names[1]);  // twice in one call
  const auto taken = a->take(names, 60 * second);
  const auto renewed = a->renew(names, 60 * second);
  ASSERT_TRUE(taken && renewed);
  ASSERT_EQ(taken->size(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool is_of_b = i < 700 && i % 3 == 0;
    EXPECT_EQ((*taken)[i], is_of_b ? LeaseAnswer::held : LeaseAnswer::ours) << i;
    EXPECT_EQ((*renewed)[i], !is_of_b) << i;
  }
  ASSERT_TRUE(a->give_back(names));
  EXPECT_EQ(rows(*a).size(), 234u);
}

// fault 83 (the leases alone)
TEST_P(LeaseContract, OnlyTheHolderRenewsAndGivesBack) {
  const auto a = world().worker("a");
  const auto b = world().worker("a");  // the same name for people, another holder
  EXPECT_EQ(take(*a, one), LeaseAnswer::ours);
  EXPECT_FALSE(renew(*b, one));
  give_back(*b, one);
  EXPECT_EQ(take(*b, one), LeaseAnswer::held);
  EXPECT_TRUE(renew(*a, one));
  EXPECT_FALSE(renew(*a, two)) << "nobody has taken it";
  EXPECT_EQ(take(*b, two), LeaseAnswer::ours) << "asking did not take it";
}

// faults 80, 83 (the leases alone)
TEST_P(LeaseContract, WhatIsNotRenewedIsFreeAgainAndItsOldHolderHearsOfIt) {
  const auto a = world().worker("a");
  const auto b = world().worker("b");
  EXPECT_EQ(take(*a, one, 50 * ms), LeaseAnswer::ours);
  until([&] { return take(*b, one) == LeaseAnswer::ours; });
  EXPECT_FALSE(renew(*a, one));
  EXPECT_EQ(take(*a, one), LeaseAnswer::held);
  give_back(*a, one);
  EXPECT_TRUE(renew(*b, one)) << "a did not give back what is b's";
  EXPECT_EQ(take(*a, two, 50 * ms), LeaseAnswer::ours);
  until([&] { return !renew(*a, two, 1 * ms); });
}

// fault 78 (the leases alone)
TEST_P(LeaseContract, WhatWasFlushedIsFreeForAll) {
  const auto a = world().worker("a");
  const auto b = world().worker("b");
  EXPECT_EQ(take(*a, one), LeaseAnswer::ours);
  world().flush();
  EXPECT_TRUE(rows(*a).empty());
  EXPECT_FALSE(renew(*a, one));
  EXPECT_EQ(take(*b, one), LeaseAnswer::ours);
  EXPECT_EQ(take(*a, one), LeaseAnswer::held);
}

// fault 83 (the leases alone)
TEST_P(LeasesAmongOthers, WhatIsNoLeaseIsToldAndLeftAlone) {
  const auto a = world().worker("a");
  world().put_foreign("usage", one);
  EXPECT_EQ(take(*a, one), LeaseAnswer::foreign);
  EXPECT_FALSE(renew(*a, one));
  give_back(*a, one);
  EXPECT_EQ(take(*a, one), LeaseAnswer::foreign);
  const auto seen = rows(*a);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_TRUE(seen.front().foreign);
  EXPECT_FALSE(seen.front().ours);
  EXPECT_EQ(seen.front().name, one);
}

TEST_P(LeaseContract, AListingShowsWhoHoldsWhat) {
  const auto a = world().worker("host-a:17");
  const auto b = world().worker("host b:18 é");
  EXPECT_EQ(take(*b, two, 100 * second), LeaseAnswer::ours);
  EXPECT_EQ(take(*a, one), LeaseAnswer::ours);
  EXPECT_EQ(take(*a, {.kind = "turn", .name = "write"}), LeaseAnswer::ours);
  const auto seen = rows(*a);
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0].name, (LeaseName{.kind = "turn", .name = "write"}));
  EXPECT_EQ(seen[1].name, one);
  EXPECT_EQ(seen[2].name, two);
  EXPECT_EQ(seen[1].worker, "host-a:17");
  EXPECT_EQ(seen[2].worker, "host b:18 é");
  EXPECT_TRUE(seen[1].ours && !seen[2].ours);
  EXPECT_TRUE(seen[2].left > 60 * second && seen[2].left <= 100 * second);
  const auto first = a->list(2);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->rows.size(), 2u);
  EXPECT_FALSE(first->complete);
}

TEST_P(LeaseContract, FlowsAndNamesAreApartWhateverTheyHold) {
  const std::vector<LeaseName> names = {
      {.kind = "unit", .name = ""},         {.kind = "unit", .name = "*"},
      {.kind = "unit", .name = "a:b"},      {.kind = "unit:a", .name = "b"},
      {.kind = "unit", .name = "%2A"},      {.kind = "unit", .name = "a\r\n$1 é"},
      {.kind = "unit", .name = {"\0x", 2}}, {.kind = "", .name = "a"},
      {.kind = "u[n]?t", .name = "\\"}};
  const auto a = world().worker("a", "usage:eu");
  const auto b = world().worker("b", "usage");
  const auto c = world().worker("c", "*");
  for (const LeaseName& name : names) {
    EXPECT_EQ(take(*a, name), LeaseAnswer::ours);
  }
  const std::vector<LeaseRow> seen = rows(*a);
  std::set<LeaseName> listed;
  for (const LeaseRow& row : seen) {
    listed.insert(row.name);
  }
  EXPECT_EQ(listed, std::set<LeaseName>(names.begin(), names.end()));
  EXPECT_TRUE(rows(*b).empty() && rows(*c).empty());
  EXPECT_EQ(take(*b, names[0]), LeaseAnswer::ours);
}

TEST_P(LeaseContract, OfManyWhoTryAtOnceOneSucceeds) {
  constexpr int workers = 6;
  constexpr int names = 60;
  std::atomic<int> ours = 0;
  std::vector<std::unique_ptr<Leases>> handles;
  for (int i = 0; i < workers; ++i) {
    handles.push_back(world().worker("w" + std::to_string(i)));
  }
  std::vector<std::jthread> threads;
  for (const auto& handle : handles) {
    threads.emplace_back([&ours, &handle] {
      for (int i = 0; i < names; ++i) {
        ours += take(*handle, {.kind = "unit", .name = std::to_string(i)}) == LeaseAnswer::ours;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(ours, names);
}

// A text that looks like nothing of ours, one that is empty, and one without an end.
// fault 83 (the leases alone)
TEST(RedisLeases, AKeyThatNeverExpiresOrIsNotOursIsForeign) {
  ASSERT_NE(std::getenv("WEIR_TEST_REDIS"), nullptr) << "run this through tools/run_ctest.sh";
  RedisWorld world;
  const auto a = world.worker("a");
  const LeaseName endless = {.kind = "unit", .name = "endless"};
  const LeaseName long_lasting = {.kind = "unit", .name = "long-lasting"};
  const std::string lease = "weir " + std::string(32, '0') + " b";
  world.put_text(one, "lock", 600 * second);
  world.put_text(two, "");
  world.put_text(endless, lease);
  world.put_text(long_lasting, lease, lease_lasts_max + 600 * second);
  for (const LeaseName& name : {one, two, endless, long_lasting}) {
    EXPECT_EQ(take(*a, name), LeaseAnswer::foreign) << name.name;
    give_back(*a, name);
  }
  const auto seen = rows(*a);
  ASSERT_EQ(seen.size(), 4u);
  EXPECT_TRUE(std::ranges::all_of(seen, &LeaseRow::foreign));
}

}  // namespace
}  // namespace weir::testing
