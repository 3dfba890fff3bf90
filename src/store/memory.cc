// SPDX-License-Identifier: Apache-2.0
#include "store/memory.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
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
                          public Schema {
 public:
  MemoryStore(std::shared_ptr<MemoryDatabase> database, Clock& clock, Tasks& tasks,
              std::string flow)
      : database_(std::move(database)),
        clock_(clock),
        monitor_(tasks.monitor()),
        flow_(std::move(flow)) {}

  Ledger& ledger() override { return *this; }
  Committer& committer() override { return *this; }
  Totals& totals() override { return *this; }
  Listings& listings() override { return *this; }
  Audit& audit() override { return *this; }
  Schema& schema() override { return *this; }

  Result<std::vector<std::optional<FileRow>>> find(
      std::span<const FileIdentity> identities) override;
  Result<std::vector<FileRow>> enter(std::span<const FileEntry> entries) override;
  Result<std::vector<UnitRow>> units(FileSequence file) override;
  Result<FileRow> replan(FileSequence file, const FileEntry& entry) override;
  Result<void> settle(FileSequence file, FileState state, const std::string& reason) override;
  Result<void> repin(FileSequence file, const VersionToken& token) override;

  Result<Receipt> commit(const Batch& batch) override;

  Result<std::vector<std::optional<Total>>> get(std::span<const std::string> consumers) override;
  Result<std::vector<Total>> top(std::uint64_t rows_max) override;
  Result<void> scan(const std::function<Result<void>(const SumEntry&)>& visit) override;

  Result<std::vector<FileRow>> files(const FileQuery& query) override;
  Result<std::vector<RejectRow>> rejects(FileSequence file, std::uint64_t skip,
                                         std::uint64_t rows_max) override;

  Result<Books> books() override;

  Result<void> prepare() override;
  Result<int> version() override;
  Result<std::string> incarnation() override;

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
  FileRow enter_one(const FileEntry& entry);
  MemoryFile* known(FileSequence file) { return database_->known(flow_, file); }

  const std::shared_ptr<MemoryDatabase> database_;  // shared as a server is by its clients
  Clock& clock_;
  const std::unique_ptr<Monitor> monitor_;
  const std::string flow_;
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

FileRow MemoryStore::enter_one(const FileEntry& entry) {
  const auto sequence = static_cast<FileSequence>(database_->files.size()) + 1;  // none is removed
  const auto [at, fresh] = database_->sequences.try_emplace({flow_, entry.identity}, sequence);
  if (fresh) {
    FileRow row = entered_row(entry, 0, clock_.wall());
    row.sequence = sequence;
    database_->files.emplace(sequence,
                             MemoryFile{flow_, std::move(row), entered_units(entry, sequence, 0)});
  }
  return database_->files.at(at->second).row;
}

Result<std::vector<FileRow>> MemoryStore::enter(std::span<const FileEntry> entries) {
  const Call call(*this);
  TRY(check_prepared());
  std::vector<FileRow> rows;
  for (const FileEntry& entry : entries) {
    rows.push_back(enter_one(entry));
  }
  return rows;
}

Result<std::vector<UnitRow>> MemoryStore::units(FileSequence file) {
  const Call call(*this);
  TRY(check_prepared());
  const MemoryFile* const found = known(file);
  return found == nullptr ? std::vector<UnitRow>() : found->units;
}

Result<FileRow> MemoryStore::replan(FileSequence file, const FileEntry& entry) {
  const Call call(*this);
  TRY(check_prepared());
  MemoryFile* const found = known(file);
  if (found == nullptr) {
    return no_such_file(file);
  }
  if (planned_so(found->row, found->units, entry)) {
    return found->row;
  }
  if (found->row.units_done > 0) {
    return some_unit_done(file);
  }
  const std::int32_t epoch = found->row.epoch + 1;
  FileRow row = entered_row(entry, epoch, found->row.accepted_at);
  row.sequence = file;
  row.identity = found->row.identity;
  found->row = std::move(row);
  found->units = entered_units(entry, file, epoch);
  return found->row;
}

Result<void> MemoryStore::settle(FileSequence file, FileState state, const std::string& reason) {
  const Call call(*this);
  TRY(check_prepared());
  MemoryFile* const found = known(file);
  if (found == nullptr) {
    return no_such_file(file);
  }
  return settle_row(found->row, state, reason, clock_.wall());
}

Result<void> MemoryStore::repin(FileSequence file, const VersionToken& token) {
  const Call call(*this);
  TRY(check_prepared());
  MemoryFile* const found = known(file);
  if (found == nullptr) {
    return no_such_file(file);
  }
  TRY(repin_row(found->row, token));
  return {};
}

// ---- commit

Result<Receipt> MemoryStore::commit(const Batch& batch) {
  CHECK(batch.partial.key_kind() == database_->key);
  TRY_ASSIGN(const auto sums, read_sums(batch.partial));  // another seam: before the mutex
  const Call call(*this);
  TRY(check_prepared());
  return commit_to(*database_,
                   {.flow = flow_, .now = clock_.wall(), .units = batch.units, .sums = sums});
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
    const auto& states = query.states;
    const bool wanted = states.empty() || std::find(states.begin(), states.end(),
                                                    at->second.row.state) != states.end();
    if (wanted && at->second.flow == flow_) {
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
  Books books{.base = database_->base,
              .batches = database_->batches,
              .consumers = database_->totals.size(),
              .files = database_->files.size()};
  for (const auto& [key, amount] : database_->totals) {
    books.totals.add(memory_entry(key, amount, database_->key));
  }
  for (const auto& [sequence, file] : database_->files) {
    books.units += file.row.sum;
    for (std::string& fault : ledger_faults(file.row, file.units)) {
      books.faults.push_back(std::move(fault));
    }
  }
  return books;
}

// ---- schema

Result<void> MemoryStore::prepare() {
  const Call call(*this);
  if (database_->prepared) {
    return {};
  }
  for (const auto& [key, amount] : database_->totals) {
    database_->base.add(memory_entry(key, amount, database_->key));
  }
  database_->prepared = true;
  return {};
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

}  // namespace

std::shared_ptr<MemoryDatabase> memory_database(KeyKind key) {
  return std::make_shared<MemoryDatabase>(key);
}

void put_total(MemoryDatabase& database, const std::string& consumer, Int128 amount) {
  const std::lock_guard lock(database.mutex);
  CHECK(!database.prepared && fits_int64(amount));
  SumEntry entry{.text = consumer};
  if (database.key == KeyKind::integer) {
    const auto id = consumer_id(consumer);
    CHECK(id);
    entry = {.id = static_cast<std::uint64_t>(*id)};
  }
  database.totals[memory_key(entry, database.key)] = static_cast<std::int64_t>(amount);
}

std::unique_ptr<Store> open_memory_store(std::shared_ptr<MemoryDatabase> database, Clock& clock,
                                         Tasks& tasks, const std::string& flow) {
  return std::make_unique<MemoryStore>(std::move(database), clock, tasks, flow);
}

}  // namespace weir
