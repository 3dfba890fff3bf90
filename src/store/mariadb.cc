// SPDX-License-Identifier: Apache-2.0
#include "store/mariadb.h"

#include <utility>

#include "store/mariadb_database.h"
#include "store/sql_parts.h"

namespace weir {
namespace {

SqlTarget target_of(const MariadbStoreOptions& options, const MariadbPlace& place) {
  return {.place = place.shown(),
          .init = "weir init --into " + place.shown(),
          .access = options.access,
          .flow = options.flow,
          .key = options.key,
          .settings = options.settings};
}

class MariadbStore final : public Store {
 public:
  MariadbStore(Clock& clock, const MariadbStoreOptions& options, MariadbPlace place)
      : options_(options),
        place_(std::move(place)),
        target_(target_of(options_, place_)),
        main_(session()),
        side_(session()),
        parts_{.clock = clock,
               .target = target_,
               .main = main_,
               .reading = options.access == StoreAccess::write ? side_ : main_,
               .witness = [](const std::string&) { return Result<void>(); }},
        ledger_(sql_ledger(parts_)),
        committer_(sql_committer(parts_)),
        totals_(sql_totals(parts_)),
        listings_(sql_listings(parts_)),
        audit_(sql_audit(parts_)),
        schema_(sql_schema(parts_)),
        history_(sql_history(parts_)),
        corrections_(sql_corrections(parts_)) {}

  Ledger& ledger() override { return *ledger_; }
  Committer& committer() override { return *committer_; }
  Totals& totals() override { return *totals_; }
  Listings& listings() override { return *listings_; }
  Audit& audit() override { return *audit_; }
  Schema& schema() override { return *schema_; }
  History& history() override { return *history_; }
  Corrections& corrections() override { return *corrections_; }

  // Connects for the first time.
  Result<void> look() {
    SqlTransaction transaction(main_);
    TRY(transaction.begin_bare(SqlTransaction::Kind::read));
    return transaction.commit();
  }

 private:
  SqlSession::Options session() {
    return {.connect = [this] { return connect(); },
            .look = [this](SqlConnection& db) { return sql_layout(db, target_); }};
  }

  // One that writes reads from where it writes, too: a replica may lag behind.
  Result<std::unique_ptr<SqlConnection>> connect() {
    const bool writes = options_.access == StoreAccess::write;
    TRY_ASSIGN(auto db, MariadbDatabase::open(
                            {.place = place_,
                             .demand = {.writes = writes, .durability = options_.durability},
                             .waits = {.connect = options_.connect_wait,
                                       .reply = options_.reply_wait,
                                       .lock = options_.lock_wait}}));
    TRY(check_schema_version(*db, target_.place));
    return std::unique_ptr<SqlConnection>(std::move(db));
  }

  const MariadbStoreOptions options_;
  const MariadbPlace place_;
  const SqlTarget target_;
  SqlSession main_;
  SqlSession side_;  // so that long reads do not hold up commits; unused where only read
  const SqlParts parts_;
  const std::unique_ptr<Ledger> ledger_;
  const std::unique_ptr<Committer> committer_;
  const std::unique_ptr<Totals> totals_;
  const std::unique_ptr<Listings> listings_;
  const std::unique_ptr<Audit> audit_;
  const std::unique_ptr<Schema> schema_;
  const std::unique_ptr<History> history_;
  const std::unique_ptr<Corrections> corrections_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_mariadb_store(Clock& clock,
                                                  const MariadbStoreOptions& options) {
  TRY_ASSIGN(MariadbPlace place, mariadb_place(options.url));
  auto store = std::make_unique<MariadbStore>(clock, options, std::move(place));
  TRY(store->look());
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace weir
