// SPDX-License-Identifier: Apache-2.0
// A pool: which units this worker counts, and which it leaves to others, by leases.
//
//   take ──► ours ──► counted, committed ──► stays ours until it runs out: nobody begins it anew
//     │        └────► failed ──► given back at once
//     └────► another's: left alone; a later look at the ledger offers it again
//
// A hint alone: without an answer from the leases everything is counted, and the commit admits one.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "base/result.h"
#include "flow/report.h"
#include "io/machine.h"
#include "lease/lease.h"
#include "model/unit.h"

namespace weir {

// "unit" and "41.0.7": file, epoch, number.
LeaseName lease_of(const UnitId& unit);
std::optional<UnitId> leased_unit(const LeaseName& name);  // nothing: it is no such lease

// Any thread. Borrows everything.
class Shares {
 public:
  struct Options {
    const Machine& machine;
    Leases& leases;
    const Notes& notes;
    Nanoseconds lasts = lease_lasts_default;
  };
  explicit Shares(const Options& options);

  bool take(const UnitId& unit);       // false: another worker has it
  void counted(const UnitId& unit);    // committed, by us or by another
  void give_back(const UnitId& unit);  // so that others may take it at once

  // Around the work: between enter and leave, keep renews what is ours, on a task of its own. leave
  // gives back what is not counted.
  void enter();
  void keep();
  void leave();

 private:
  bool heard(const Error* error);  // nullptr: they answered
  std::vector<LeaseName> in_hand();

  const Options options_;
  const std::unique_ptr<Monitor> monitor_;  // over what follows
  std::set<UnitId> ours_;                   // begun, and not counted
  bool told_ = false;                       // that the leases do not answer
  bool left_ = true;
};

}  // namespace weir
