// SPDX-License-Identifier: Apache-2.0
#include "store/memory.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "store/correction_rules.h"
#include "store/memory_commit.h"
#include "store/memory_copy.h"
#include "store/memory_corrections.h"
#include "store/memory_database.h"
#include "store/rules.h"

namespace weir {
namespace {

class MemoryStore final : public Store,
                          public Ledger,
                          public Committer,
                          public Totals,
                          public Listings,
                          public Audit,
                          public Schema,
                          public History,
                          public Corrections,
                          public TableCopy {
 public:
  MemoryStore(std::shared_ptr<MemoryDatabase> database, Clock& clock, Tasks& tasks,
              std::string flow, StoreSettings::Keep keep)
      : database_(std::move(database)),
        clock_(clock),
        monitor_(tasks.monitor()),
        flow_(std::move(flow)),
        keeps_history_(keep == StoreSettings::Keep::history) {}

  Ledger& ledger() override { return *this; }
  Committer& committer() override { return *this; }
  Totals& totals() override { return *this; }
  Listings& listings() override { return *this; }
  Audit& audit() override { return *this; }
  Schema& schema() override { return *this; }
  History& history() override { return *this; }
  Corrections& corrections() override { return *this; }
  TableCopy& copy() override { return *this; }

  Result<std::vector<std::optional<FileRow>>> find(
      std::span<const FileIdentity> identities) override;
  Result<std::vector<FileRow>> enter(std::span<const FileEntry> entries) override;
  Result<std::vector<UnitRow>> units(const SeenFile& file) override;
  Result<FileRow> replan(const SeenFile& file, const FileEntry& entry) override;
  Result<void> settle(const SeenFile& file, FileState state, const std::string& reason) override;
  Result<void> repin(const SeenFile& file, const VersionToken& token) override;
  Result<void> release(const SeenFile& file, ReleaseState state,
                       const std::string& target) override;
  Result<FileRow> supersede(const SeenFile& file, const FileEntry& entry) override;

  Result<Receipt> commit(const Batch& batch) override;

  Result<std::vector<std::optional<Total>>> get(std::span<const std::string> consumers) override;
  Result<std::vector<Total>> top(std::uint64_t rows_max) override;
  Result<void> scan(const std::function<Result<void>(const SumEntry&)>& visit) override;

  Result<std::vector<FileRow>> files(const FileQuery& query) override;
  Result<std::vector<RejectRow>> rejects(FileSequence file, std::uint64_t skip,
                                         std::uint64_t rows_max) override;

  Result<Books> books() override;

  Result<void> prepare() override;
  Result<void> check() override;
  Result<int> version() override;
  Result<std::string> incarnation() override;

  Result<std::vector<HistoryRow>> of_consumer(const HistoryQuery& query) override;
  Result<std::vector<PeriodSum>> by_period(const PeriodQuery& query) override;

  Result<Correction> revoke(const SeenFile& file, const std::string& why) override;
  Result<RolledUp> roll_up(Nanoseconds before, Period into, std::uint64_t rows_max) override;
  Result<Correction> rebase(const std::string& why) override;
  Result<Correction> forget(Nanoseconds finished_before) override;
  Result<std::vector<Correction>> list(std::int64_t after, std::uint64_t rows_max) override;

  Result<void> send(const Visit& visit) override;
  Result<CopyReceipt> receive(const Send& from) override;

 private:
  // A call's way to the database and back. Either end is a point where a simulated scheduler may
  // let another fiber run, as a server's client may be overtaken: before the call takes effect, and
  // after it did and before its caller knows.
  class Call {
   public:
    explicit Call(MemoryStore& store) : store_(store) {
      store_.travel();
      store_.database_->mutex.lock();
    }
    ~Call() {
      store_.database_->mutex.unlock();
      store_.travel();
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    MemoryStore& store_;
  };

  void travel() { const Held held(*monitor_); }
  Result<void> check_prepared() const;
  Result<FileRow> enter_one(const FileEntry& entry);
  Result<FileRow> plan(MemoryFile& file, FileRow row, const FileEntry& entry);
  Result<void> check_replaces(const FileRow& row);
  MemoryFile* known(FileSequence file) { return database_->known(flow_, file); }
  Result<MemoryFile*> named(const SeenFile& file) { return database_->named(flow_, file); }
  MemoryMoment moment() { return {flow_, clock_.wall()}; }

  const std::shared_ptr<MemoryDatabase> database_;  // shared as a server is by its clients
  Clock& clock_;
  const std::unique_ptr<Monitor> monitor_;
  const std::string flow_;
  const bool keeps_history_;
};

Result<void> MemoryStore::check_prepared() const {
  if (!database_->prepared) {
    return Error{ErrorKind::invalid, "the store is not prepared"};
  }
  return {};
}

// ---- ledger

Result<std::vector<std::optional<FileRow>>> MemoryStore::find(
    std::span<const FileIdentity> identities) {
  const Call call(*this);
  TRY(check_prepared());
  std::vector<std::optional<FileRow>> rows;
  for (const FileIdentity& identity : identities) {
    const auto at = database_->sequences.find({flow_, identity});
    rows.push_back(at == database_->sequences.end()
                       ? std::nullopt
                       : std::optional(database_->files.at(at->second).row));
  }
  return rows;
}

Result<void> MemoryStore::check_replaces(const FileRow& row) {
  if (row.replaces == 0 || holds_old_version(row)) {
    return {};
  }
  const MemoryFile* const other = known(row.replaces);
  return check_replaceable(row, other == nullptr ? nullptr : &other->row);
}

Result<FileRow> MemoryStore::enter_one(const FileEntry& entry) {
  const auto found = database_->sequences.find({flow_, entry.identity});
  if (found != database_->sequences.end()) {
    return database_->files.at(found->second).row;
  }
  FileRow row = entered_row(entry, 0, clock_.wall());
  row.sequence = database_->last_sequence + 1;
  TRY(check_replaces(row));
  TRY(settle_replacement(*database_, row, moment()));
  const FileSequence sequence = ++database_->last_sequence;
  database_->sequences.emplace(std::pair(flow_, entry.identity), sequence);
  database_->files.emplace(sequence, MemoryFile{flow_, row, entered_units(entry, sequence, 0)});
  return row;
}

// What may be refused stands alone, so that nothing is to be undone.
Result<std::vector<FileRow>> MemoryStore::enter(std::span<const FileEntry> entries) {
  const Call call(*this);
  TRY(check_prepared());
  std::vector<FileRow> rows;
  for (const FileEntry& entry : entries) {
    CHECK(entry.replaces == 0 || entries.size() == 1);
    TRY_ASSIGN(auto row, enter_one(entry));
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<std::vector<UnitRow>> MemoryStore::units(const SeenFile& file) {
  const Call call(*this);
  TRY(check_prepared());
  const MemoryFile* const found = known(file.sequence);
  if (found == nullptr) {
    return std::vector<UnitRow>();
  }
  TRY(check_seen(file, found->row));
  return found->units;
}

Result<FileRow> MemoryStore::replan(const SeenFile& file, const FileEntry& entry) {
  const Call call(*this);
  TRY(check_prepared());
  TRY_ASSIGN(MemoryFile* const found, named(file));
  if (entry.replaces == file.sequence) {
    return cannot_replace_itself(found->row);
  }
  if (stands_so(found->row, found->units, entry)) {
    return found->row;
  }
  TRY(check_seen(file, found->row));
  if (holds_old_version(found->row)) {
    TRY_ASSIGN(auto row, superseded_row(found->row, entry, clock_.wall()));
    return plan(*found, std::move(row), entry);
  }
  if (found->row.units_done > 0) {
    return some_unit_done(file.sequence);
  }
  return plan(*found, replanned_row(found->row, entry, clock_.wall()), entry);
}

// The row of a file that is planned anew, and its units.
Result<FileRow> MemoryStore::plan(MemoryFile& file, FileRow row, const FileEntry& entry) {
  TRY(check_replaces(row));
  TRY(settle_replacement(*database_, row, moment()));
  file.units = entered_units(entry, row.sequence, row.epoch);
  file.row = std::move(row);
  return file.row;
}

Result<FileRow> MemoryStore::supersede(const SeenFile& file, const FileEntry& entry) {
  CHECK(entry.replaces == 0);  // it is what the call says
  const Call call(*this);
  TRY(check_prepared());
  TRY_ASSIGN(MemoryFile* const found, named(file));
  if (stands_so(found->row, found->units, entry) || is_counted_version(found->row, entry)) {
    return found->row;
  }
  TRY(check_seen(file, found->row));
  if (!contributes(found->row)) {
    return plan(*found, replanned_row(found->row, entry, clock_.wall()), entry);
  }
  TRY_ASSIGN(auto row, superseded_row(found->row, entry, clock_.wall()));
  return plan(*found, std::move(row), entry);
}

Result<void> MemoryStore::settle(const SeenFile& file, FileState state, const std::string& reason) {
  const Call call(*this);
  TRY(check_prepared());
  TRY_ASSIGN(MemoryFile* const found, named(file));
  TRY(check_seen(file, found->row));
  FileRow row = found->row;
  TRY(settle_row(row, state, reason, clock_.wall()));
  TRY(settle_replacement(*database_, row, moment()));
  found->row = std::move(row);
  return {};
}

Result<void> MemoryStore::repin(const SeenFile& file, const VersionToken& token) {
  const Call call(*this);
  TRY(check_prepared());
  TRY_ASSIGN(MemoryFile* const found, named(file));
  if (found->row.token != token) {
    TRY(check_seen(file, found->row));
    TRY(repin_row(found->row, token));
  }
  return {};
}

Result<void> MemoryStore::release(const SeenFile& file, ReleaseState state,
                                  const std::string& target) {
  const Call call(*this);
  TRY(check_prepared());
  TRY_ASSIGN(MemoryFile* const found, named(file));
  TRY(check_seen(file, found->row));
  return release_row(found->row, state, target, clock_.wall());
}

// ---- commit

Result<Receipt> MemoryStore::commit(const Batch& batch) {
  CHECK(batch.partial.key_kind() == database_->key);
  TRY_ASSIGN(const auto sums, read_sums(batch.partial));  // another seam: before the mutex
  const Call call(*this);
  TRY(check_prepared());
  return commit_to(*database_, {.flow = flow_,
                                .keeps_history = keeps_history_,
                                .now = clock_.wall(),
                                .units = batch.units,
                                .sums = sums});
}

// ---- totals

Result<std::vector<std::optional<Total>>> MemoryStore::get(std::span<const std::string> consumers) {
  const Call call(*this);
  TRY(check_prepared());
  std::vector<std::optional<Total>> totals;
  for (const std::string& consumer : consumers) {
    SumEntry entry{.text = consumer};
    if (database_->key == KeyKind::integer) {
      TRY_ASSIGN(const std::int64_t id, consumer_id(consumer));
      entry = {.id = static_cast<std::uint64_t>(id)};
    }
    const auto at = database_->totals.find(memory_key(entry, database_->key));
    totals.push_back(at == database_->totals.end()
                         ? std::nullopt
                         : std::optional(Total{consumer_text(entry, database_->key), at->second}));
  }
  return totals;
}

Result<std::vector<Total>> MemoryStore::top(std::uint64_t rows_max) {
  const Call call(*this);
  TRY(check_prepared());
  std::vector<Total> totals;
  for (const auto& [key, amount] : database_->totals) {
    const SumEntry entry = memory_entry(key, amount, database_->key);
    totals.push_back({consumer_text(entry, database_->key), amount});
  }
  std::stable_sort(totals.begin(), totals.end(),
                   [](const Total& a, const Total& b) { return a.amount > b.amount; });
  totals.resize(static_cast<std::size_t>(std::min<std::uint64_t>(rows_max, totals.size())));
  return totals;
}

Result<void> MemoryStore::scan(const std::function<Result<void>(const SumEntry&)>& visit) {
  std::map<std::string, std::int64_t> snapshot;
  {
    const Call call(*this);
    TRY(check_prepared());
    snapshot = database_->totals;
  }
  for (const auto& [key, amount] : snapshot) {
    TRY(visit(memory_entry(key, amount, database_->key)));
  }
  return {};
}

// ---- listings

Result<std::vector<FileRow>> MemoryStore::files(const FileQuery& query) {
  const Call call(*this);
  TRY(check_prepared());
  std::vector<FileRow> rows;
  for (auto at = database_->files.upper_bound(query.after);
       at != database_->files.end() && rows.size() < query.rows_max; ++at) {
    if (at->second.flow == flow_ && matches(query, at->second.row)) {
      rows.push_back(at->second.row);
    }
  }
  return rows;
}

Result<std::vector<RejectRow>> MemoryStore::rejects(FileSequence file, std::uint64_t skip,
                                                    std::uint64_t rows_max) {
  const Call call(*this);
  TRY(check_prepared());
  std::vector<RejectRow> rows;
  std::uint64_t seen = 0;
  for (const auto& [key, kept] : database_->rejects) {
    const auto [sequence, unit, line_in_unit] = key;
    const MemoryFile* const owner = known(sequence);
    if (owner == nullptr || (file != 0 && sequence != file) || seen++ < skip) {
      continue;
    }
    if (rows.size() == rows_max) {
      break;
    }
    RejectRow row{owner->row.path, sequence, unit, kept.reject, kept.line};
    const auto before = lines_before_units(owner->units);
    if (!row.line && static_cast<std::size_t>(unit) < before.size()) {
      row.line = before[static_cast<std::size_t>(unit)] + line_in_unit;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

// ---- audit

Result<Books> MemoryStore::books() {
  const Call call(*this);
  TRY(check_prepared());
  return books_of(*database_);
}

// ---- schema

Result<void> MemoryStore::prepare() {
  const Call call(*this);
  database_->keeps_history = database_->keeps_history || keeps_history_;
  if (database_->prepared) {
    return {};
  }
  for (const auto& [key, amount] : database_->totals) {
    database_->base.add(memory_entry(key, amount, database_->key));
  }
  database_->prepared = true;
  return {};
}

Result<void> MemoryStore::check() {
  const Call call(*this);
  return check_prepared();
}

Result<int> MemoryStore::version() {
  const Call call(*this);
  return database_->prepared ? store_schema_version : 0;
}

Result<std::string> MemoryStore::incarnation() {
  const Call call(*this);
  TRY(check_prepared());
  return std::string("memory");
}

// ---- history and corrections

Result<std::vector<HistoryRow>> MemoryStore::of_consumer(const HistoryQuery& query) {
  const Call call(*this);
  TRY(check_prepared());
  return history_of_consumer(*database_, query);
}

Result<std::vector<PeriodSum>> MemoryStore::by_period(const PeriodQuery& query) {
  const Call call(*this);
  TRY(check_prepared());
  return history_by_period(*database_, query);
}

Result<Correction> MemoryStore::revoke(const SeenFile& file, const std::string& why) {
  const Call call(*this);
  TRY(check_prepared());
  return revoke_file(*database_, moment(), file, why);
}

Result<RolledUp> MemoryStore::roll_up(Nanoseconds before, Period into, std::uint64_t rows_max) {
  const Call call(*this);
  TRY(check_prepared());
  return roll_up_history(*database_, {.before = before, .into = into, .rows_max = rows_max});
}

Result<Correction> MemoryStore::rebase(const std::string& why) {
  const Call call(*this);
  TRY(check_prepared());
  return rebase_books(*database_, moment(), why);
}

Result<Correction> MemoryStore::forget(Nanoseconds finished_before) {
  const Call call(*this);
  TRY(check_prepared());
  return forget_files(*database_, moment(), finished_before);
}

Result<std::vector<Correction>> MemoryStore::list(std::int64_t after, std::uint64_t rows_max) {
  const Call call(*this);
  TRY(check_prepared());
  std::vector<Correction> found;
  for (const Correction& correction : database_->corrections) {
    if (correction.number > after && found.size() < rows_max) {
      found.push_back(correction);
    }
  }
  return found;
}

// ---- copy

Result<void> MemoryStore::send(const Visit& visit) {
  std::vector<CopyPage> pages;
  {
    const Call call(*this);
    TRY(check_prepared());
    pages = pages_of(*database_);
  }
  for (const CopyPage& page : pages) {
    TRY(visit(page));
  }
  return {};
}

Result<CopyReceipt> MemoryStore::receive(const Send& from) {
  std::vector<CopyPage> pages;
  TRY(from([&](const CopyPage& page) -> Result<void> {
    pages.push_back(page);
    return {};
  }));
  const Call call(*this);
  return take_copy(*database_, pages);
}

}  // namespace

std::unique_ptr<Store> open_memory_store(std::shared_ptr<MemoryDatabase> database, Clock& clock,
                                         Tasks& tasks, const std::string& flow,
                                         StoreSettings::Keep keep) {
  return std::make_unique<MemoryStore>(std::move(database), clock, tasks, flow, keep);
}

}  // namespace weir
