// SPDX-License-Identifier: Apache-2.0
#include "store/faulty.h"

#include <utility>

namespace weir {
namespace {

class FaultyStore final : public Store,
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
  FaultyStore(Store& store, Random& random, const StoreFaults& faults)
      : store_(store), random_(random), faults_(faults) {}

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
      std::span<const FileIdentity> identities) override {
    return through([&] { return store_.ledger().find(identities); });
  }
  Result<std::vector<FileRow>> enter(std::span<const FileEntry> entries) override {
    return through([&] { return store_.ledger().enter(entries); });
  }
  Result<std::vector<UnitRow>> units(const SeenFile& file) override {
    return through([&] { return store_.ledger().units(file); });
  }
  Result<FileRow> replan(const SeenFile& file, const FileEntry& entry) override {
    return through([&] { return store_.ledger().replan(file, entry); });
  }
  Result<void> settle(const SeenFile& file, FileState state, const std::string& reason) override {
    return through([&] { return store_.ledger().settle(file, state, reason); });
  }
  Result<void> repin(const SeenFile& file, const VersionToken& token) override {
    return through([&] { return store_.ledger().repin(file, token); });
  }
  Result<void> release(const SeenFile& file, ReleaseState state,
                       const std::string& target) override {
    return through([&] { return store_.ledger().release(file, state, target); });
  }
  Result<FileRow> supersede(const SeenFile& file, const FileEntry& entry) override {
    return through([&] { return store_.ledger().supersede(file, entry); });
  }

  Result<Receipt> commit(const Batch& batch) override {
    return through([&] { return store_.committer().commit(batch); });
  }

  Result<std::vector<std::optional<Total>>> get(std::span<const std::string> consumers) override {
    return through([&] { return store_.totals().get(consumers); });
  }
  Result<std::vector<Total>> top(std::uint64_t rows_max) override {
    return through([&] { return store_.totals().top(rows_max); });
  }
  Result<void> scan(const std::function<Result<void>(const SumEntry&)>& visit) override {
    return through([&] { return store_.totals().scan(visit); });
  }

  Result<std::vector<FileRow>> files(const FileQuery& query) override {
    return through([&] { return store_.listings().files(query); });
  }
  Result<std::vector<RejectRow>> rejects(FileSequence file, std::uint64_t skip,
                                         std::uint64_t rows_max) override {
    return through([&] { return store_.listings().rejects(file, skip, rows_max); });
  }

  Result<Books> books() override {
    return through([&] { return store_.audit().books(); });
  }

  Result<void> prepare() override {
    return through([&] { return store_.schema().prepare(); });
  }
  Result<void> check() override {
    return through([&] { return store_.schema().check(); });
  }
  Result<int> version() override {
    return through([&] { return store_.schema().version(); });
  }
  Result<std::string> incarnation() override {
    return through([&] { return store_.schema().incarnation(); });
  }
  Result<std::string> lineage() override {
    return through([&] { return store_.schema().lineage(); });
  }

  Result<std::vector<HistoryRow>> of_consumer(const HistoryQuery& query) override {
    return through([&] { return store_.history().of_consumer(query); });
  }
  Result<std::vector<PeriodSum>> by_period(const PeriodQuery& query) override {
    return through([&] { return store_.history().by_period(query); });
  }

  Result<Correction> revoke(const SeenFile& file, const std::string& why) override {
    return through([&] { return store_.corrections().revoke(file, why); });
  }
  Result<RolledUp> roll_up(Nanoseconds before, Period into, std::uint64_t rows_max) override {
    return through([&] { return store_.corrections().roll_up(before, into, rows_max); });
  }
  Result<Correction> rebase(const std::string& why) override {
    return through([&] { return store_.corrections().rebase(why); });
  }
  Result<Correction> forget(Nanoseconds finished_before) override {
    return through([&] { return store_.corrections().forget(finished_before); });
  }
  Result<std::vector<Correction>> list(std::int64_t after, std::uint64_t rows_max) override {
    return through([&] { return store_.corrections().list(after, rows_max); });
  }

  Result<void> send(const Visit& visit) override {
    return through([&] { return store_.copy().send(visit); });
  }
  Result<CopyReceipt> receive(const Send& from) override {
    return through([&] { return store_.copy().receive(from); });
  }

 private:
  bool happens(double probability) {
    const double drawn = static_cast<double>(random_.next() >> 11) * 0x1p-53;  // [0, 1)
    return drawn < probability;
  }

  // The call, lost on its way there, or its answer on the way back.
  template <class Call>
  auto through(Call call) -> decltype(call()) {
    if (happens(faults_.lost_request)) {
      return Error{ErrorKind::unavailable, "the store did not get the request"};
    }
    auto answer = call();
    if (happens(faults_.lost_reply)) {
      return Error{ErrorKind::unavailable, "the store's answer was lost"};
    }
    return answer;
  }

  Store& store_;
  Random& random_;
  const StoreFaults faults_;
};

}  // namespace

std::unique_ptr<Store> faulty_store(Store& store, Random& random, const StoreFaults& faults) {
  return std::make_unique<FaultyStore>(store, random, faults);
}

}  // namespace weir
