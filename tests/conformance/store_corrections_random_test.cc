// SPDX-License-Identifier: Apache-2.0
// Random histories of a store that keeps history, with every correction, against a model of a few
// obvious lines: totals are the sums of what each file's row holds, the books balance after every
// step, and history tells each consumer's total.
#include <rapidcheck.h>

#include <array>
#include <map>
#include <optional>

#include "support/history_contract.h"

namespace weir::testing {
namespace {

struct ModelFile {
  FileState state = FileState::pending;
  std::int32_t epoch = 0;
  int units = 0;
  std::map<int, Sums> done;  // of this epoch
  Sums old;                  // of the version before, while a new one waits
  bool holds_old = false;
  bool rolled_up = false;
  bool released = false;
  FileSequence replaces = 0;
  Nanoseconds accepted_at = 0;
  Nanoseconds over_since = 0;  // finished, or accepted where it never was

  Sums sums() const {
    Sums all = old;
    for (const auto& [number, unit] : done) {
      for (const auto& [key, sum] : unit) {
        all[key] += sum;
      }
    }
    return all;
  }
  bool counted() const { return !done.empty() || holds_old; }
  bool wholly() const { return static_cast<int>(done.size()) == units; }
  bool waits() const { return state == FileState::pending || state == FileState::quarantined; }
};

class Life {
 public:
  explicit Life(StoreWorld& world)
      : world_(world), store_(world.open("usage", StoreWorld::Keep::history)) {
    RC_ASSERT(store_.schema().prepare());
  }

  void step() {
    using Act = void (Life::*)();
    constexpr std::array<Act, 12> acts = {&Life::enter,     &Life::commit,  &Life::commit,
                                          &Life::commit,    &Life::commit,  &Life::revoke,
                                          &Life::settle,    &Life::forget,  &Life::roll_up,
                                          &Life::supersede, &Life::release, &Life::replace};
    world_.clock().set(now_ += number(20) * hour);
    (this->*acts[static_cast<std::size_t>(number(static_cast<int>(acts.size())))])();
    check();
  }

 private:
  static int number(int below) { return *rc::gen::inRange(0, below); }

  static std::string name_of(FileSequence file) { return "file " + std::to_string(file); }

  void enter() { enter_one(0); }

  void enter_one(FileSequence replaces) {
    FileEntry entry = entry_of(name_of(++names_), number(3));
    entry.replaces = replaces;
    const auto rows = store_.ledger().enter({&entry, 1});
    const bool welcome = replaces == 0 || may_be_revoked(files_.at(replaces));
    RC_ASSERT(bool(rows) == welcome);
    if (!welcome) {
      RC_ASSERT(rows.error().kind == ErrorKind::invalid);
      return;
    }
    ModelFile file{.units = static_cast<int>(entry.units.size()),
                   .replaces = replaces,
                   .accepted_at = now_,
                   .over_since = now_};
    const FileSequence sequence = rows->front().sequence;
    ModelFile& kept = files_[sequence] = file;
    if (kept.units == 0) {
      finish(kept);
    }
  }

  void replace() {
    if (!files_.empty()) {
      enter_one(pick()->first);
    }
  }

  void commit() {
    if (files_.empty()) {
      return;
    }
    auto& [sequence, file] = *pick();
    const UnitId id{.file = sequence, .epoch = file.epoch, .number = number(2)};
    const Sums sums = sums_of(Amounts{{static_cast<unsigned>(number(4)), number(2000) - 1000},
                                      {static_cast<unsigned>(number(4)), number(2000)}});
    const auto receipt = OwnedBatch().add(id, sums).commit_to(store_);
    const bool welcome = file.state == FileState::pending && id.number < file.units &&
                         !file.done.contains(id.number);
    const bool last = welcome && static_cast<int>(file.done.size()) + 1 == file.units;
    const bool refused = last && file.replaces != 0 && files_.contains(file.replaces) &&
                         !may_be_revoked(files_.at(file.replaces));
    RC_ASSERT(bool(receipt) == (welcome && !refused));
    RC_ASSERT(receipt ||
              receipt.error().kind == (welcome ? ErrorKind::invalid : ErrorKind::conflict));
    if (!receipt) {
      return;
    }
    file.holds_old = false;
    file.old.clear();
    file.done[id.number] = sums;
    if (file.wholly()) {
      finish(file);
    }
  }

  void finish(ModelFile& file) {
    file.state = FileState::done;
    file.over_since = now_;
    const FileSequence other = std::exchange(file.replaces, 0);
    if (other != 0 && files_.contains(other) && files_.at(other).state != FileState::revoked) {
      take_back(files_.at(other));
    }
  }

  static void take_back(ModelFile& file) {
    file = {.state = FileState::revoked,
            .epoch = file.epoch,
            .released = file.released,
            .accepted_at = file.accepted_at,
            .over_since = file.over_since};
  }

  static bool may_be_revoked(const ModelFile& file) { return !file.counted() || !file.rolled_up; }

  void revoke() {
    if (files_.empty()) {
      return;
    }
    auto& [sequence, file] = *pick();
    const auto made = store_.corrections().revoke(sequence, "because");
    RC_ASSERT(bool(made) == may_be_revoked(file));
    if (made && file.state != FileState::revoked) {
      take_back(file);
    }
  }

  // Only what cannot make a difference to what others are checked for.
  void settle() {
    if (files_.empty()) {
      return;
    }
    auto& [sequence, file] = *pick();
    if (file.state != FileState::pending && file.state != FileState::quarantined) {
      return;
    }
    const FileState state = number(2) == 0 ? FileState::pending : FileState::quarantined;
    RC_ASSERT(bool(store_.ledger().settle(sequence, state, "because")));
    file.state = state;
  }

  void release() {
    if (files_.empty()) {
      return;
    }
    auto& [sequence, file] = *pick();
    const bool over = file.state == FileState::done || file.state == FileState::revoked;
    const auto begun = store_.ledger().release(sequence, ReleaseState::releasing, "/out");
    RC_ASSERT(bool(begun) == (over && !file.released));
    if (begun) {
      RC_ASSERT(bool(store_.ledger().release(sequence, ReleaseState::released, "")));
      file.released = true;
    }
  }

  void supersede() {
    if (files_.empty()) {
      return;
    }
    auto& [sequence, file] = *pick();
    if (!file.counted()) {
      return;  // a plan, as others try it
    }
    FileEntry entry = entry_of(path_of(sequence), number(3));
    entry.token.modified = ++versions_;
    const bool counted = file.state == FileState::done;
    const bool fits = (file.holds_old ? file.waits() : counted) && entry.units.size() <= 1 &&
                      may_be_revoked(file);
    const auto row = store_.ledger().supersede(sequence, entry);
    RC_ASSERT(bool(row) == fits);
    if (!row) {
      return;
    }
    file.epoch = row->epoch;
    file.old = file.sums();
    file.done.clear();
    file.units = static_cast<int>(entry.units.size());
    file.holds_old = true;
    file.released = false;
    file.state = FileState::pending;
    if (file.units == 0) {
      file.holds_old = false;
      file.old.clear();
      finish(file);
    }
  }

  std::string path_of(FileSequence file) {
    const auto rows = store_.listings().files({.after = file - 1, .rows_max = 1});
    return rows->front().path.substr(4);
  }

  void roll_up() {
    const Period period = *rc::gen::element(Period::hour, Period::day, Period::month);
    const Nanoseconds before = now_ - number(100) * hour;
    const auto rolled = store_.corrections().roll_up(before, period, 1 + number(9) * 3U);
    RC_ASSERT(bool(rolled));
    // Which rows it came to is the store's affair: what must not be mixed is checked here.
    const auto rows = *store_.listings().files({});
    for (const FileRow& row : rows) {
      ModelFile& file = files_.at(row.sequence);
      RC_ASSERT(row.rolled_up || !file.rolled_up);
      RC_ASSERT(!row.rolled_up || file.rolled_up || file.counted());
      if (row.rolled_up && !file.rolled_up) {
        RC_ASSERT(!is_to_be_replaced(row.sequence));
        RC_ASSERT(period_start(period, seconds_of(file.accepted_at)) <
                  period_start(period, seconds_of(before)));
      }
      file.rolled_up = row.rolled_up;
    }
  }

  bool is_to_be_replaced(FileSequence file) const {
    if (files_.at(file).holds_old && files_.at(file).waits()) {
      return true;
    }
    for (const auto& [sequence, other] : files_) {
      if (other.replaces == file && other.waits()) {
        return true;
      }
    }
    return false;
  }

  void forget() {
    const Nanoseconds before = now_ - number(50) * hour;
    std::uint64_t due = 0;
    for (auto at = files_.begin(); at != files_.end();) {
      const ModelFile& file = at->second;
      const bool over =
          (file.state == FileState::done && file.released) || file.state == FileState::revoked;
      if (over && file.over_since < before && !is_to_be_replaced(at->first)) {
        for (const auto& [key, sum] : file.sums()) {
          forgotten_[key] += sum;
        }
        at = files_.erase(at);
        ++due;
      } else {
        ++at;
      }
    }
    const auto made = store_.corrections().forget(before);
    RC_ASSERT(bool(made));
    RC_ASSERT(made->keys == due);
  }

  void check() {
    RC_ASSERT(imbalance(store_) == "");
    Sums due = forgotten_;
    for (const auto& [sequence, file] : files_) {
      for (const auto& [key, sum] : file.sums()) {
        due[key] += sum;
      }
    }
    const Sums totals = *totals_of(store_);
    for (const auto& [key, sum] : totals) {
      RC_ASSERT(due[key] == sum);
      RC_ASSERT(history_of(key) == sum);
      due.erase(key);
    }
    for (const auto& [key, sum] : due) {
      RC_ASSERT(sum == 0);
    }
    check_files();
  }

  Int128 history_of(const Key& key) {
    Int128 all = 0;
    HistoryQuery query{.consumer = std::to_string(key.id), .rows_max = 3};
    for (;;) {
      const auto rows = *store_.history().of_consumer(query);
      if (rows.empty()) {
        return all;
      }
      for (const HistoryRow& row : rows) {
        all += row.amount;
      }
      query.after = rows.back();
    }
  }

  void check_files() {
    const auto rows = *store_.listings().files({});
    RC_ASSERT(rows.size() == files_.size());
    for (const FileRow& row : rows) {
      const ModelFile& file = files_.at(row.sequence);
      RC_ASSERT(name(row.state) == name(file.state));
      RC_ASSERT(row.epoch == file.epoch);
      RC_ASSERT(row.units_done == file.done.size());
      RC_ASSERT((row.release == ReleaseState::released) == file.released);
    }
  }

  std::map<FileSequence, ModelFile>::iterator pick() {
    return std::next(files_.begin(), number(static_cast<int>(files_.size())));
  }

  StoreWorld& world_;
  Store& store_;
  Nanoseconds now_ = may_4;
  std::map<FileSequence, ModelFile> files_;
  Sums forgotten_;
  int names_ = 0;
  int versions_ = 100;
};

class CorrectedHistory : public ::testing::TestWithParam<NamedStoreWorld> {};

INSTANTIATE_TEST_SUITE_P(Stores, CorrectedHistory, ::testing::ValuesIn(store_worlds()),
                         [](const auto& about) { return about.param.name; });

TEST_P(CorrectedHistory, AnyOrderOfCorrectionsKeepsTotalsHistoryAndBooksAsOne) {
  int round = 0;
  EXPECT_TRUE(rc::check([&] {
    if (is_spared(GetParam(), round++)) {
      return;
    }
    const auto world = GetParam().make(KeyKind::integer);
    Life life(*world);
    const int steps = *rc::gen::inRange(1, 60);
    for (int i = 0; i < steps; ++i) {
      life.step();
    }
  }));
}

}  // namespace
}  // namespace weir::testing
