// SPDX-License-Identifier: Apache-2.0
// A small job against a store, for tests that break off: it can stop at any step, be taken up by
// another process, and be told from the ledger alone what the totals must be.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/store_cases.h"

namespace weir::testing {

// By the file's name and the unit's number: the same bytes give the same sums on any machine.
inline Sums sums_of_unit(const std::string& name, int number) {
  const auto spread = static_cast<std::uint64_t>(name.back()) * 7 + static_cast<unsigned>(number);
  Amounts amounts;
  for (std::uint64_t i = 0; i < 270; ++i) {  // more than a store writes at once
    amounts.push_back({(spread + i * 7) % 601, static_cast<int>(spread * (i + 1) % 1009) - 300});
  }
  return sums_of(amounts);
}

using UnitName = std::pair<std::string, int>;  // file, number

class StoreJob {
 public:
  // What the store has answered for: entered files and counted units.
  struct Answered {
    std::set<std::string> files;
    std::set<UnitName> units;
  };

  // From the start or from wherever it broke off; to the end, or to the first failure.
  Result<void> run(Store& store) {
    TRY(store.schema().prepare());
    TRY(enter(store, {{"a", 3}, {"b", 2}}));
    TRY(count(store, {{"a", 0}, {"a", 1}}));
    TRY(count(store, {{"a", 2}, {"b", 0}}));
    TRY(enter(store, {{"c", 1}, {"d", 4}}));
    TRY(count(store, {{"b", 1}, {"c", 0}, {"d", 3}}));
    TRY(set_aside(store, "d"));
    return count(store, {{"d", 0}, {"d", 1}, {"d", 2}});
  }
  const Answered& answered() const { return answered_; }

 private:
  Result<void> enter(Store& store, const std::vector<std::pair<std::string, int>>& files) {
    std::vector<FileEntry> entries;
    for (const auto& [name, units] : files) {
      entries.push_back(entry_of(name, units));
    }
    TRY_ASSIGN(const auto rows, store.ledger().enter(entries));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      sequences_[files[i].first] = rows[i].sequence;
      answered_.files.insert(files[i].first);
    }
    return {};
  }

  // One commit; repeated, where some of it is counted already, with what is not.
  Result<void> count(Store& store, const std::vector<UnitName>& units) {
    auto receipt = commit(store, units);
    if (!receipt && receipt.error().kind == ErrorKind::conflict) {
      TRY_ASSIGN(const auto open, open_ones(store, units));
      if (!open.empty()) {
        TRY(commit(store, open));
      }
    } else if (!receipt) {
      return std::move(receipt).error();
    }
    answered_.units.insert(units.begin(), units.end());
    return {};
  }

  Result<std::vector<UnitName>> open_ones(Store& store, const std::vector<UnitName>& units) {
    std::vector<UnitName> open;
    for (const auto& [name, number] : units) {
      TRY_ASSIGN(const auto rows, store.ledger().units(sequences_.at(name)));
      const auto at = static_cast<std::size_t>(number);
      if (at < rows.size() && rows[at].state == UnitState::pending) {
        open.emplace_back(name, number);
      }
    }
    return open;
  }

  Result<Receipt> commit(Store& store, const std::vector<UnitName>& units) {
    OwnedBatch batch;
    for (const auto& [name, number] : units) {
      batch.add({.file = sequences_.at(name), .number = number}, sums_of_unit(name, number));
    }
    return batch.commit_to(store);
  }

  Result<void> set_aside(Store& store, const std::string& name) {
    const FileSequence file = sequences_.at(name);
    TRY_ASSIGN(const auto rows, store.ledger().units(file));
    if (rows.empty()) {
      return {};  // done before it broke off
    }
    TRY(store.ledger().settle(file, FileState::quarantined, "for a while"));
    return store.ledger().settle(file, FileState::pending, "");
  }

  std::map<std::string, FileSequence> sequences_;
  Answered answered_;
};

// The units that the ledger has as counted.
inline Result<std::set<UnitName>> counted_units(Store& store) {
  std::set<UnitName> units;
  TRY_ASSIGN(const auto files, store.listings().files({}));
  for (const FileRow& file : files) {
    const std::string name = file.identity.substr(9);
    TRY_ASSIGN(const auto rows, store.ledger().units(file.sequence));
    for (int i = 0; rows.empty() && i < static_cast<int>(file.units); ++i) {
      units.insert({name, i});
    }
    for (const UnitRow& row : rows) {
      if (row.state == UnitState::done) {
        units.insert({name, row.id.number});
      }
    }
  }
  return units;
}

// What is wrong with a store that should hold what was answered, each counted unit once, and
// nothing else; empty: nothing.
inline std::string wrong_with(Store& store, const StoreJob::Answered& answered) {
  const auto counted = counted_units(store);
  if (!counted) {
    return counted.error().message;
  }
  Sums due;
  for (const auto& [name, number] : *counted) {
    for (const auto& [key, sum] : sums_of_unit(name, number)) {
      due[key] += sum;
    }
  }
  const auto totals = totals_of(store);
  if (!totals || *totals != due) {
    return totals ? "the totals are not those of the counted units" : totals.error().message;
  }
  for (const UnitName& unit : answered.units) {
    if (!counted->contains(unit)) {
      return "unit " + std::to_string(unit.second) + " of " + unit.first + " was answered for";
    }
  }
  const auto files = store.listings().files({});
  if (!files || files->size() < answered.files.size()) {
    return "a file was answered for";
  }
  return imbalance(store);
}

}  // namespace weir::testing
