// SPDX-License-Identifier: Apache-2.0
// Copying a table with its ledger, history and rejects from one store to another: whole or not at
// all, and compared at the end. What was counted in the one is known in the other.
#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "base/stop.h"
#include "io/machine.h"
#include "store/store.h"

namespace weir {

// How far it is.
struct CopyCounts {
  std::uint64_t files = 0;
  std::uint64_t files_found = 0;
  std::uint64_t consumers = 0;
  std::uint64_t consumers_found = 0;
  std::uint64_t history_rows = 0;
  bool comparing = false;  // all is sent
};
using CopyTold = std::function<void(const CopyCounts&)>;  // after each page, and before comparing

struct Copying {
  Store& from;
  Store& into;
};

// Repeatable, and repeated while a store is `unavailable`. `invalid`: the books of what is copied
// do not balance, or see TableCopy::receive. `unavailable`: also where it was stopped; nothing of
// it is there then.
Result<CopyReceipt> copy_store(const Machine& machine, const Copying& stores, const CopyTold& told,
                               const Stop& stop);

}  // namespace weir
