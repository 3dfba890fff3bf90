// SPDX-License-Identifier: Apache-2.0
// A unit: a byte range of a file, the thing that is counted exactly once.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "base/int128.h"
#include "model/reject.h"

namespace weir {

using FileSequence = std::int64_t;  // assigned at accept, increasing, never used again; from 1

struct UnitId {
  FileSequence file = 0;
  std::int32_t epoch = 0;   // of the plan; a new plan for a known file is a new epoch
  std::int32_t number = 0;  // from 0
  std::int32_t shard = 0;   // 0 outside a queue
  auto operator<=>(const UnitId&) const = default;
};

// Stored bytes [begin, end). A record belongs to the unit that holds its first byte.
struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  auto operator<=>(const ByteRange&) const = default;
};

// lines = good + rejected + blank, always.
struct LineCounts {
  std::uint64_t good = 0;
  std::uint64_t rejected = 0;
  std::uint64_t blank = 0;
  std::uint64_t lines() const { return good + rejected + blank; }
  LineCounts& operator+=(const LineCounts& other);
  auto operator<=>(const LineCounts&) const = default;
};

// What counting one unit found. The same bytes give the same outcome on any machine.
struct UnitOutcome {
  UnitId id;
  // entry_mark_of() its file, as the ledger had it when the unit was handed out; 0: not compared.
  std::uint64_t entry_mark = 0;
  LineCounts counts;
  Int128 sum = 0;               // Σ amount of its good lines
  UInt128 digest = 0;           // see model/digest.h; sums over the units of a file
  bool final_newline = true;    // false: the file's last line had none (it counts all the same)
  std::vector<Reject> rejects;  // the first Limits::rejects_per_unit of them
};

enum class UnitState { pending, done };

struct UnitRow {
  UnitId id;
  ByteRange range;
  UnitState state = UnitState::pending;
  LineCounts counts;  // the rest is of a done unit
  Int128 sum = 0;
  UInt128 digest = 0;
};

}  // namespace weir
