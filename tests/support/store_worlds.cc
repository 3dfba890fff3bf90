// SPDX-License-Identifier: Apache-2.0
#include "support/store_worlds.h"

#include <iostream>

#include "base/random.h"
#include "store/faulty.h"
#include "store/mariadb.h"
#include "store/memory.h"
#include "store/memory_database.h"
#include "store/postgres.h"
#include "store/sqlite.h"
#include "support/mariadb.h"
#include "support/postgres.h"
#include "support/power_loss_vfs.h"
#include "support/sql.h"
#include "support/temporary_folder.h"

namespace weir::testing {
namespace {

class MemoryWorld : public StoreWorld {
 public:
  explicit MemoryWorld(KeyKind key) : database_(memory_database(key)) {}

  Store& open(const std::string& flow, Keep keep) override {
    store_ = open_memory_store(database_, clock_, *tasks_, flow, keep);
    return *store_;
  }
  void put_total(const std::string& consumer, std::int64_t amount) override {
    weir::put_total(*database_, consumer, amount);
  }
  void tamper(const std::string& consumer, std::int64_t amount) override {
    SumEntry entry{.text = consumer};
    if (database_->key == KeyKind::integer) {
      entry = {.id = std::stoull(consumer)};
    }
    database_->totals.at(memory_key(entry, database_->key)) = amount;
  }

 private:
  const std::unique_ptr<Tasks> tasks_ = thread_tasks();
  const std::shared_ptr<MemoryDatabase> database_;
  std::unique_ptr<Store> store_;
};

class FaultlessWorld final : public MemoryWorld {
 public:
  using MemoryWorld::MemoryWorld;
  Store& open(const std::string& flow, Keep keep) override {
    faulty_ = faulty_store(MemoryWorld::open(flow, keep), *random_, {});
    return *faulty_;
  }

 private:
  const std::unique_ptr<Random> random_ = seeded_random(1);
  std::unique_ptr<Store> faulty_;
};

// One for all worlds that are there. Nothing fails on it; it only does not wait for syncs.
std::shared_ptr<PowerLossVfs> quick_disk() {
  static std::weak_ptr<PowerLossVfs> shared;
  auto disk = shared.lock();
  if (!disk) {
    disk = std::make_shared<PowerLossVfs>();
    shared = disk;
  }
  return disk;
}

class SqliteWorld final : public StoreWorld {
 public:
  explicit SqliteWorld(KeyKind key) : key_(key) {}

  Store& open(const std::string& flow, Keep keep) override {
    store_.reset();
    auto opened = open_sqlite_store(
        clock_, {.path = path_, .flow = flow, .key = key_, .settings = {.keep = keep}});
    CHECK(opened);
    store_ = *std::move(opened);
    return *store_;
  }
  void put_total(const std::string& consumer, std::int64_t amount) override {
    const std::string key = key_ == KeyKind::text ? "TEXT" : "INTEGER";
    sql(path_, "CREATE TABLE IF NOT EXISTS usage(consumer " + key +
                   " PRIMARY KEY, amount INTEGER NOT NULL) STRICT");
    CHECK(sql(path_, "INSERT INTO usage VALUES('" + consumer + "', " + std::to_string(amount) +
                         ")") == "");
  }
  void tamper(const std::string& consumer, std::int64_t amount) override {
    CHECK(sql(path_, "UPDATE usage SET amount = " + std::to_string(amount) + " WHERE consumer = '" +
                         consumer + "'; SELECT changes()") == "1");
  }

 private:
  const KeyKind key_;
  const std::shared_ptr<PowerLossVfs> disk_ = quick_disk();
  const TemporaryFolder folder_;
  const std::string path_ = folder_ / "weir.db";
  std::unique_ptr<Store> store_;
};

class PostgresWorld final : public StoreWorld {
 public:
  explicit PostgresWorld(KeyKind key) : key_(key) {}

  Int128 amount_max() const override { return *int128_from_text(std::string(38, '9')); }
  Store& open(const std::string& flow, Keep keep) override {
    store_.reset();
    auto opened = open_postgres_store(clock_, {.url = schema_.url(),
                                               .flow = flow,
                                               .key = key_,
                                               .settings = {.keep = keep},
                                               .copy_above_rows = 100});  // both ways are taken
    CHECK(opened);
    store_ = *std::move(opened);
    return *store_;
  }
  void put_total(const std::string& consumer, std::int64_t amount) override {
    const std::string key = key_ == KeyKind::text ? "text" : "bigint";
    ask("CREATE TABLE IF NOT EXISTS usage(consumer " + key +
        " PRIMARY KEY, amount bigint NOT NULL)");
    ask("INSERT INTO usage VALUES('" + consumer + "', " + std::to_string(amount) + ")");
  }
  void tamper(const std::string& consumer, std::int64_t amount) override {
    ask("UPDATE usage SET amount = " + std::to_string(amount) + " WHERE consumer = '" + consumer +
        "'");
    CHECK(schema_.hand().rows_changed() == 1);
  }

 private:
  void ask(const std::string& sql) { CHECK(schema_.hand().execute(sql)); }

  const KeyKind key_;
  PostgresSchemaOfTest schema_;
  std::unique_ptr<Store> store_;
};

class MariadbWorld final : public StoreWorld {
 public:
  explicit MariadbWorld(KeyKind key) : key_(key) {}

  Store& open(const std::string& flow, Keep keep) override {
    store_.reset();
    auto opened =
        open_mariadb_store(clock_, {.url = database_.url(),
                                    .flow = flow,
                                    .key = key_,
                                    .settings = {.keep = keep},
                                    .durability = MariadbStoreOptions::Durability::relaxed});
    if (!opened) {
      std::cerr << opened.error().message << '\n';
    }
    CHECK(opened);
    store_ = *std::move(opened);
    return *store_;
  }
  void put_total(const std::string& consumer, std::int64_t amount) override {
    const std::string key = key_ == KeyKind::text ? "VARBINARY(1024)" : "BIGINT";
    CHECK(database_.sql("CREATE TABLE IF NOT EXISTS \"usage\"(consumer " + key +
                        " PRIMARY KEY, amount BIGINT NOT NULL) ENGINE=InnoDB") == "");
    CHECK(database_.sql("INSERT INTO \"usage\" VALUES('" + consumer + "', " +
                        std::to_string(amount) + ")") == "");
  }
  void tamper(const std::string& consumer, std::int64_t amount) override {
    CHECK(database_.sql("UPDATE \"usage\" SET amount = " + std::to_string(amount) +
                        " WHERE consumer = '" + consumer + "'") == "");
  }
  Int128 amount_max() const override { return *int128_from_text(std::string(38, '9')); }

 private:
  const KeyKind key_;
  MariadbDatabaseOfTest database_;
  std::unique_ptr<Store> store_;
};

template <class World>
NamedStoreWorld world(const std::string& name) {
  return {name, [](KeyKind key) { return std::make_unique<World>(key); }};
}

}  // namespace

bool is_spared(const NamedStoreWorld& world, int round) {
  constexpr int one_in = 5;
  const bool is_server = world.name == "postgresql" || world.name == "mariadb";
  return is_server && round % one_in != 0 && std::getenv("WEIR_CAMPAIGN") == nullptr;
}

std::vector<NamedStoreWorld> store_worlds() {
  std::vector<NamedStoreWorld> worlds = {
      world<MemoryWorld>("memory"), world<FaultlessWorld>("faulty"), world<SqliteWorld>("sqlite")};
  if (!postgres_server_url().empty()) {
    worlds.push_back(world<PostgresWorld>("postgresql"));
  }
  if (!mariadb_server_url().empty()) {
    worlds.push_back(world<MariadbWorld>("mariadb"));
  }
  return worlds;
}

}  // namespace weir::testing
