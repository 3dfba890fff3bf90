// SPDX-License-Identifier: Apache-2.0
#include "store/sql_store.h"

#include <utility>

#include "store/sql_parts.h"

namespace weir {
namespace {

class SqlStore final : public Store {
 public:
  SqlStore(Clock& clock, SqlStoreOptions options)
      : options_(std::move(options)),
        main_(session(options_.target.access)),
        side_(session(StoreAccess::read)),
        parts_{.clock = clock,
               .target = options_.target,
               .main = main_,
               .reading = options_.target.access == StoreAccess::write ? side_ : main_,
               .witness =
                   [this](const std::string& incarnation) {
                     return options_.witness ? options_.witness(incarnation) : Result<void>();
                   }},
        ledger_(sql_ledger(parts_)),
        committer_(sql_committer(parts_)),
        totals_(sql_totals(parts_)),
        listings_(sql_listings(parts_)),
        audit_(sql_audit(parts_)),
        schema_(sql_schema(parts_)),
        history_(sql_history(parts_)),
        corrections_(sql_corrections(parts_)),
        copy_(sql_copy(parts_)) {}

  Ledger& ledger() override { return *ledger_; }
  Committer& committer() override { return *committer_; }
  Totals& totals() override { return *totals_; }
  Listings& listings() override { return *listings_; }
  Audit& audit() override { return *audit_; }
  Schema& schema() override { return *schema_; }
  History& history() override { return *history_; }
  Corrections& corrections() override { return *corrections_; }
  TableCopy& copy() override { return *copy_; }

  Result<void> look() {
    SqlTransaction transaction(main_);
    TRY(transaction.begin_bare(SqlTransaction::Kind::read));
    SqlConnection& db = transaction.db();
    TRY(options_.look ? options_.look(db) : check_schema_version(db, options_.target.place));
    return transaction.commit();
  }

 private:
  SqlSession::Options session(StoreAccess access) {
    return {.connect = [this, access] { return options_.connect(access); },
            .look = [this](SqlConnection& db) { return sql_layout(db, options_.target); }};
  }

  const SqlStoreOptions options_;
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
  const std::unique_ptr<TableCopy> copy_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_sql_store(Clock& clock, SqlStoreOptions options) {
  auto store = std::make_unique<SqlStore>(clock, std::move(options));
  TRY(store->look());
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace weir
