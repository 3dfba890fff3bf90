// SPDX-License-Identifier: Apache-2.0
#include "support/world.h"

#include <cerrno>
#include <utility>
#include <vector>

namespace weir::testing {
namespace {

bool by_chance(Random& random, double probability) {
  return static_cast<double>(random.next() >> 11) * 0x1p-53 < probability;
}

Error lost(const char* what) {
  return Error{ErrorKind::unavailable, what};
}

// What a server has received of a commit: it needs no client any more.
class SentBatch final : public SumCursor {
 public:
  static Result<std::unique_ptr<SentBatch>> of(const Batch& batch) {
    auto sent = std::make_unique<SentBatch>();
    sent->units = batch.units;
    sent->kind_ = batch.partial.key_kind();
    TRY(batch.partial.rewind());
    for (;;) {
      TRY_ASSIGN(const auto entries, batch.partial.next());
      if (entries.empty()) {
        return sent;
      }
      for (const SumEntry& entry : entries) {
        sent->texts_.push_back(std::make_unique<std::string>(entry.text));
        sent->entries_.push_back({entry.id, *sent->texts_.back(), entry.sum});
      }
    }
  }

  Result<void> rewind() override {
    given_ = false;
    return {};
  }
  Result<std::span<const SumEntry>> next() override {
    if (std::exchange(given_, true)) {
      return std::span<const SumEntry>();
    }
    return std::span<const SumEntry>(entries_);
  }
  KeyKind key_kind() const override { return kind_; }
  std::uint64_t keys() const override { return entries_.size(); }

  std::vector<UnitOutcome> units;

 private:
  KeyKind kind_ = KeyKind::integer;
  std::vector<std::unique_ptr<std::string>> texts_;
  std::vector<SumEntry> entries_;
  bool given_ = false;
};

class CabledStore final : public Store, Ledger, Committer {
 public:
  CabledStore(Simulation& simulation, Process& process, Store& store, const CableFaults& faults,
              LateCommits late)
      : simulation_(simulation),
        process_(process),
        store_(store),
        faults_(faults),
        late_(std::move(late)) {}

  Ledger& ledger() override { return *this; }
  Committer& committer() override { return *this; }
  Totals& totals() override { return store_.totals(); }
  Listings& listings() override { return store_.listings(); }
  Audit& audit() override { return store_.audit(); }
  Schema& schema() override { return store_.schema(); }
  History& history() override { return store_.history(); }
  Corrections& corrections() override { return store_.corrections(); }
  TableCopy& copy() override { return store_.copy(); }

  Result<std::vector<std::optional<FileRow>>> find(
      std::span<const FileIdentity> identities) override {
    return over([&] { return store_.ledger().find(identities); });
  }
  Result<std::vector<FileRow>> enter(std::span<const FileEntry> entries) override {
    return over([&] { return store_.ledger().enter(entries); });
  }
  Result<std::vector<UnitRow>> units(const SeenFile& file) override {
    return over([&] { return store_.ledger().units(file); });
  }
  Result<FileRow> replan(const SeenFile& file, const FileEntry& entry) override {
    return over([&] { return store_.ledger().replan(file, entry); });
  }
  Result<void> settle(const SeenFile& file, FileState state, const std::string& reason) override {
    return over([&] { return store_.ledger().settle(file, state, reason); });
  }
  Result<void> repin(const SeenFile& file, const VersionToken& token) override {
    return over([&] { return store_.ledger().repin(file, token); });
  }
  Result<void> release(const SeenFile& file, ReleaseState state,
                       const std::string& target) override {
    return over([&] { return store_.ledger().release(file, state, target); });
  }
  Result<FileRow> supersede(const SeenFile& file, const FileEntry& entry) override {
    return over([&] { return store_.ledger().supersede(file, entry); });
  }

  Result<Receipt> commit(const Batch& batch) override {
    if (process_.yield() && by_chance(process_.random(), faults_.late)) {
      TRY_ASSIGN(auto sent, SentBatch::of(batch));
      deliver_late(std::move(sent));
      return lost("the reply is late");
    }
    return over([&] { return store_.committer().commit(batch); });
  }

 private:
  template <class Call>
  auto over(Call call) -> decltype(call()) {
    if (!process_.yield() || by_chance(process_.random(), faults_.lost_request)) {
      return lost("the request is lost");
    }
    auto result = call();
    if (!process_.yield() || by_chance(process_.random(), faults_.lost_reply)) {
      return lost("the reply is lost");
    }
    return result;
  }

  void deliver_late(std::unique_ptr<SentBatch> sent) {
    const Nanoseconds delay = static_cast<Nanoseconds>(process_.random().next() % 3'000'000'000);
    const std::shared_ptr<SentBatch> batch = std::move(sent);
    simulation_.spawn(
        "late", [simulation = &simulation_, &store = store_, late = late_, batch, delay] {
          simulation->pause(delay);
          const auto receipt = store.committer().commit({.units = batch->units, .partial = *batch});
          late(static_cast<bool>(receipt));  // nobody else waits for the answer
        });
  }

  Simulation& simulation_;
  Process& process_;
  Store& store_;
  const CableFaults faults_;
  const LateCommits late_;
};

class CabledFile final : public ReadFile {
 public:
  CabledFile(Process& process, std::unique_ptr<ReadFile> file, double read_error)
      : process_(process), file_(std::move(file)), read_error_(read_error) {}
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
    if (!process_.yield()) {
      return lost("dead");
    }
    if (by_chance(process_.random(), read_error_)) {
      return Error{ErrorKind::unavailable, "read: input/output error", EIO};
    }
    return file_->read_at(offset, into);
  }
  Result<FileStatus> status() override {
    return process_.yield() ? file_->status() : Result<FileStatus>(lost("dead"));
  }

 private:
  Process& process_;
  std::unique_ptr<ReadFile> file_;
  const double read_error_;
};

class CabledEvents final : public FolderEvents {
 public:
  CabledEvents(Process& process, std::unique_ptr<FolderEvents> events)
      : process_(process), events_(std::move(events)) {}
  Result<bool> add(const std::string& folder) override {
    return process_.yield() ? events_->add(folder) : Result<bool>(lost("dead"));
  }
  void forget(const std::string& folder) override { events_->forget(folder); }
  Result<std::optional<FolderEvent>> next(Nanoseconds monotonic_deadline) override {
    if (!process_.yield()) {
      return lost("dead");
    }
    return events_->next(monotonic_deadline);
  }
  void wake() override { events_->wake(); }

 private:
  Process& process_;
  const std::unique_ptr<FolderEvents> events_;
};

class CabledFiles final : public FileSystem {
 public:
  CabledFiles(Process& process, FileSystem& files, double read_error)
      : process_(process), files_(files), read_error_(read_error) {}

  Result<std::unique_ptr<ReadFile>> open(const std::string& root,
                                         const std::string& relative) override {
    TRY_ASSIGN(auto file, over([&] { return files_.open(root, relative); }));
    return std::unique_ptr<ReadFile>(
        std::make_unique<CabledFile>(process_, std::move(file), read_error_));
  }
  Result<std::unique_ptr<FolderCursor>> list(const std::string& root,
                                             const std::string& relative) override {
    return over([&] { return files_.list(root, relative); });
  }
  Result<FileStatus> status(const std::string& path) override {
    return over([&] { return files_.status(path); });
  }
  Result<std::string> canonical(const std::string& path) override {
    return over([&] { return files_.canonical(path); });
  }
  Result<Writers> writers(const std::string& root, const std::string& relative) override {
    return over([&] { return files_.writers(root, relative); });
  }
  Result<FilePlace> place(const std::string& path) override {
    return over([&] { return files_.place(path); });
  }
  Result<std::unique_ptr<WriteFile>> create(const std::string& path) override {
    return over([&] { return files_.create(path); });
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return over([&] { return files_.rename(from, to); });
  }
  Result<void> rename_new(const std::string& from, const std::string& to) override {
    return over([&] { return files_.rename_new(from, to); });
  }
  Result<void> remove(const std::string& path) override {
    return over([&] { return files_.remove(path); });
  }
  Result<void> make_folder(const std::string& path) override {
    return over([&] { return files_.make_folder(path); });
  }
  Result<void> sync_folder(const std::string& path) override {
    return over([&] { return files_.sync_folder(path); });
  }
  std::unique_ptr<FolderEvents> events() override {
    return std::make_unique<CabledEvents>(process_, files_.events());
  }

 private:
  template <class Call>
  auto over(Call call) -> decltype(call()) {
    if (!process_.yield()) {
      return lost("dead");
    }
    return call();
  }

  Process& process_;
  FileSystem& files_;
  const double read_error_;
};

class CabledLeases final : public Leases {
 public:
  CabledLeases(Process& process, Leases& leases) : process_(process), leases_(leases) {}

  Result<std::vector<LeaseAnswer>> take(std::span<const LeaseName> names,
                                        Nanoseconds lasts) override {
    return over([&] { return leases_.take(names, lasts); });
  }
  Result<std::vector<bool>> renew(std::span<const LeaseName> names, Nanoseconds lasts) override {
    return over([&] { return leases_.renew(names, lasts); });
  }
  Result<void> give_back(std::span<const LeaseName> names) override {
    return over([&] { return leases_.give_back(names); });
  }
  Result<LeaseListing> list(std::size_t rows_max) override {
    return over([&] { return leases_.list(rows_max); });
  }

 private:
  template <class Call>
  auto over(Call call) -> decltype(call()) {
    if (!process_.yield()) {
      return lost("dead");
    }
    auto result = call();
    if (!process_.yield()) {
      return lost("dead");
    }
    return result;
  }

  Process& process_;
  Leases& leases_;
};

}  // namespace

std::unique_ptr<Leases> cabled_leases(Process& process, Leases& leases) {
  return std::make_unique<CabledLeases>(process, leases);
}

std::unique_ptr<Store> cabled_store(Simulation& simulation, Process& process, Store& store,
                                    const CableFaults& faults, LateCommits late) {
  return std::make_unique<CabledStore>(simulation, process, store, faults, std::move(late));
}

std::unique_ptr<FileSystem> cabled_files(Process& process, FileSystem& files, double read_error) {
  return std::make_unique<CabledFiles>(process, files, read_error);
}

}  // namespace weir::testing
