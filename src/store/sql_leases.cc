// SPDX-License-Identifier: Apache-2.0
// A lease is a row; it is free where there is none, or one that has run out:
//
//   take       UPDATE … WHERE it is free or ours; no row: INSERT, unless there is one
//   renew      UPDATE … WHERE it is ours and has not run out
//   give back  DELETE … WHERE it is ours
//
// Each statement is a transaction of its own: nothing is held from one to the next. The connection
// is not the store's: a lease is not kept waiting by a long commit.
#include "store/sql_leases.h"

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include "base/check.h"
#include "store/sql_engine.h"

namespace weir {
namespace {

constexpr Nanoseconds nanoseconds_per_microsecond = 1'000;
constexpr Nanoseconds sweep_every = 60'000'000'000;  // what has run out is removed
constexpr std::size_t rows_max_max = 1'000'000;      // of a listing

std::int64_t microseconds_of(Nanoseconds lasts) {
  CHECK(lasts >= lease_lasts_min && lasts <= lease_lasts_max);
  return lasts / nanoseconds_per_microsecond;
}

class SqlLeases final : public Leases {
 public:
  SqlLeases(Clock& clock, SqlLeaseOptions options) : clock_(clock), options_(std::move(options)) {
    CHECK(!options_.holder.token.empty());
  }

  Result<std::vector<LeaseAnswer>> take(std::span<const LeaseName> names,
                                        Nanoseconds lasts) override;
  Result<std::vector<bool>> renew(std::span<const LeaseName> names, Nanoseconds lasts) override;
  Result<void> give_back(std::span<const LeaseName> names) override;
  Result<LeaseListing> list(std::size_t rows_max) override;

 private:
  Result<SqlConnection*> connection();
  Result<bool> update(SqlConnection& db, const LeaseName& name, std::int64_t lasts);
  Result<bool> insert(SqlConnection& db, const LeaseName& name, std::int64_t lasts);
  void sweep(SqlConnection& db);
  // Of the server, in a statement.
  std::string now(SqlConnection& db) const { return std::string(db.engine().words().microseconds); }

  Clock& clock_;
  const SqlLeaseOptions options_;
  std::mutex turn_;  // over what follows
  std::unique_ptr<SqlConnection> connection_;
  Nanoseconds swept_ = 0;
};

Result<SqlConnection*> SqlLeases::connection() {
  if (connection_ && !connection_->usable()) {
    connection_.reset();
  }
  if (!connection_) {
    TRY_ASSIGN(connection_, options_.connect());
  }
  return connection_.get();
}

// A lease that ends later than any may was made by a clock that has been put back.
Result<bool> SqlLeases::update(SqlConnection& db, const LeaseName& name, std::int64_t lasts) {
  TRY_ASSIGN(
      auto update,
      db.prepare("UPDATE weir_lease SET worker = ?, token = ?, until = " + now(db) +
                 " + ? WHERE flow = ? AND kind = ? AND name = ? AND (token = ? OR until <= " +
                 now(db) + " OR until > " + now(db) + " + ?)"));
  const LeaseHolder& holder = options_.holder;
  TRY(update.run({SqlBlob{holder.worker}, holder.token, lasts, holder.flow, SqlBlob{name.kind},
                  SqlBlob{name.name}, holder.token, microseconds_of(lease_lasts_max)}));
  return db.rows_changed() == 1;
}

Result<bool> SqlLeases::insert(SqlConnection& db, const LeaseName& name, std::int64_t lasts) {
  const SqlWords& words = db.engine().words();
  TRY_ASSIGN(auto insert,
             db.prepare(std::string(words.insert_new) +
                        " INTO weir_lease(flow, kind, name, worker, token, until) VALUES(?, ?, ?, "
                        "?, ?, " +
                        now(db) + " + ?)" + std::string(words.unless_there)));
  const LeaseHolder& holder = options_.holder;
  TRY(insert.run({holder.flow, SqlBlob{name.kind}, SqlBlob{name.name}, SqlBlob{holder.worker},
                  holder.token, lasts}));
  return db.rows_changed() == 1;
}

// It does not matter to anybody whether, or when.
void SqlLeases::sweep(SqlConnection& db) {
  const Nanoseconds time = clock_.monotonic();
  if (swept_ != 0 && time - swept_ < sweep_every) {
    return;
  }
  swept_ = time;
  auto remove = db.prepare("DELETE FROM weir_lease WHERE flow = ? AND until <= " + now(db));
  if (remove) {
    static_cast<void>(remove->run({options_.holder.flow}));
  }
}

Result<std::vector<LeaseAnswer>> SqlLeases::take(std::span<const LeaseName> names,
                                                 Nanoseconds lasts) {
  const std::int64_t microseconds = microseconds_of(lasts);
  const std::lock_guard turn(turn_);
  TRY_ASSIGN(SqlConnection* const db, connection());
  sweep(*db);
  std::vector<LeaseAnswer> answers;
  for (const LeaseName& name : names) {
    TRY_ASSIGN(bool ours, update(*db, name, microseconds));
    if (!ours) {
      TRY_ASSIGN(ours, insert(*db, name, microseconds));
    }
    answers.push_back(ours ? LeaseAnswer::ours : LeaseAnswer::held);
  }
  return answers;
}

Result<std::vector<bool>> SqlLeases::renew(std::span<const LeaseName> names, Nanoseconds lasts) {
  const std::int64_t microseconds = microseconds_of(lasts);
  const std::lock_guard turn(turn_);
  TRY_ASSIGN(SqlConnection* const db, connection());
  TRY_ASSIGN(auto update, db->prepare("UPDATE weir_lease SET until = " + now(*db) +
                                      " + ? WHERE flow = ? AND kind = ? AND name = ? AND token = ? "
                                      "AND until > " +
                                      now(*db)));
  std::vector<bool> ours;
  for (const LeaseName& name : names) {
    TRY(update.run({microseconds, options_.holder.flow, SqlBlob{name.kind}, SqlBlob{name.name},
                    options_.holder.token}));
    ours.push_back(db->rows_changed() == 1);
  }
  return ours;
}

Result<void> SqlLeases::give_back(std::span<const LeaseName> names) {
  const std::lock_guard turn(turn_);
  TRY_ASSIGN(SqlConnection* const db, connection());
  TRY_ASSIGN(auto remove, db->prepare("DELETE FROM weir_lease WHERE flow = ? AND kind = ? AND "
                                      "name = ? AND token = ?"));
  for (const LeaseName& name : names) {
    TRY(remove.run(
        {options_.holder.flow, SqlBlob{name.kind}, SqlBlob{name.name}, options_.holder.token}));
  }
  return {};
}

Result<LeaseListing> SqlLeases::list(std::size_t rows_max) {
  const std::lock_guard turn(turn_);
  TRY_ASSIGN(SqlConnection* const db, connection());
  TRY_ASSIGN(auto row, db->prepare("SELECT kind, name, worker, token, until - " + now(*db) +
                                   " FROM weir_lease WHERE flow = ? AND until > " + now(*db) +
                                   " ORDER BY kind, name LIMIT ?"));
  const auto limit = static_cast<std::int64_t>(std::min(rows_max, rows_max_max)) + 1;
  LeaseListing listing;
  TRY_ASSIGN(bool more, row.find({options_.holder.flow, limit}));
  while (more && listing.rows.size() < rows_max) {
    listing.rows.push_back({.name = {std::string(row.bytes(0)), std::string(row.bytes(1))},
                            .worker = std::string(row.bytes(2)),
                            .ours = row.bytes(3) == options_.holder.token,
                            .left = row.integer(4) * nanoseconds_per_microsecond});
    TRY_ASSIGN(more, row.next());
  }
  listing.complete = !more;
  return listing;
}

}  // namespace

std::unique_ptr<Leases> sql_leases(Clock& clock, SqlLeaseOptions options) {
  return std::make_unique<SqlLeases>(clock, std::move(options));
}

}  // namespace weir
