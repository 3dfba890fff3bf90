// SPDX-License-Identifier: Apache-2.0
// A small job with every correction, for tests that break off: in steps, each of which may be
// repeated, and for which it is known what the totals are after it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "support/store_job.h"

namespace weir::testing {

class CorrectionJob {
 public:
  using Step = std::function<Result<void>(Store&)>;

  // From this step on, to the end or to the first failure; `told` is raised with each step that was
  // answered for.
  static Result<void> run(Store& store, std::size_t from, std::size_t& told) {
    const std::vector<Step> all = steps();
    for (told = from; told < all.size(); ++told) {
      TRY(all[told](store));
    }
    return {};
  }

  static std::vector<Step> steps() {
    return {prepare(),         enter("a", 2),        enter("b", 1),          enter("c", 1),
            commit("a", 0, 0), commit("a", 0, 1),    commit("b", 0, 0),      commit("c", 0, 0),
            revoke("b"),       supersede("c"),       commit("c", 1, 0),      enter("e", 2, "a"),
            commit("e", 0, 0), commit("e", 0, 1),  // a is taken back
            release("c"),      roll_up(Period::day), roll_up(Period::month), forget()};
  }

 private:
  static Step prepare() {
    return [](Store& store) { return store.schema().prepare(); };
  }
  static Result<FileRow> find(Store& store, const std::string& name) {
    const FileIdentity identity = "path:/in/" + name;
    TRY_ASSIGN(const auto rows, store.ledger().find({&identity, 1}));
    CHECK(rows.front());
    return *rows.front();
  }
  static Step enter(const std::string& name, int units, const std::string& instead_of = "") {
    return [=](Store& store) -> Result<void> {
      FileEntry entry = entry_of(name, units);
      if (!instead_of.empty()) {
        TRY_ASSIGN(const FileRow other, find(store, instead_of));
        entry.replaces = other.sequence;
      }
      TRY(store.ledger().enter({&entry, 1}));
      return {};
    };
  }
  // What is counted already is a conflict, as after a lost answer.
  static Step commit(const std::string& name, std::int32_t epoch, int number) {
    return [=](Store& store) -> Result<void> {
      TRY_ASSIGN(const FileRow row, find(store, name));
      const UnitId id{.file = row.sequence, .epoch = epoch, .number = number};
      const auto receipt =
          OwnedBatch().add(id, sums_of_unit(name, number + 10 * epoch)).commit_to(store);
      const bool there = receipt || receipt.error().kind == ErrorKind::conflict;
      return there ? Result<void>() : Result<void>(receipt.error());
    };
  }
  static Step revoke(const std::string& name) {
    return [=](Store& store) -> Result<void> {
      TRY_ASSIGN(const FileRow row, find(store, name));
      TRY(store.corrections().revoke(row.sequence, "wrong"));
      return {};
    };
  }
  static Step supersede(const std::string& name) {
    return [=](Store& store) -> Result<void> {
      TRY_ASSIGN(const FileRow row, find(store, name));
      FileEntry entry = entry_of(name, 1);
      entry.token.modified = 100;
      TRY(store.ledger().supersede(row.sequence, entry));
      return {};
    };
  }
  static Step release(const std::string& name) {
    return [=](Store& store) -> Result<void> {
      TRY_ASSIGN(const FileRow row, find(store, name));
      if (row.release != ReleaseState::released) {
        TRY(store.ledger().release(row.sequence, ReleaseState::releasing, "/out"));
      }
      return store.ledger().release(row.sequence, ReleaseState::released, "");
    };
  }
  static Step roll_up(Period into) {
    return [=](Store& store) -> Result<void> {
      for (bool more = true; more;) {
        TRY_ASSIGN(const RolledUp rolled, store.corrections().roll_up(INT64_MAX, into, 200));
        more = rolled.more;
      }
      return {};
    };
  }
  static Step forget() {
    return [](Store& store) -> Result<void> {
      TRY(store.corrections().forget(INT64_MAX));
      return {};
    };
  }
};

// What some consumers' history makes, by their totals. (The audit adds up all of it.)
inline std::string history_is_not_the_totals(Store& store) {
  const auto totals = totals_of(store);
  if (!totals) {
    return totals.error().message;
  }
  for (const auto& [key, total] : *totals) {
    if (key.id % 37 != 0) {
      continue;
    }
    const auto rows = store.history().of_consumer({.consumer = std::to_string(key.id)});
    if (!rows) {
      return rows.error().message;
    }
    Int128 sum = 0;
    for (const HistoryRow& row : *rows) {
      sum += row.amount;
    }
    if (sum != total) {
      return "the history of " + std::to_string(key.id) + " is not its total";
    }
  }
  return "";
}

}  // namespace weir::testing
