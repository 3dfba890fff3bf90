// SPDX-License-Identifier: Apache-2.0
// Runs: sorted sums on disk. A lane that is full is written as one; merging reads many.
//
// A run is a file of the process that wrote it, and of no other. All numbers little end first.
//
//   run      header, block…, end block
//   header   "weir-run", u32 version (1), u32 kind of keys (0 integer, 1 text)
//   block    u64 checksum, u32 bytes of the payload, u32 entries, payload
//            checksum: XXH3-64 of everything behind it, seeded with the number of the block, from
//            0; so blocks that are damaged, lost, doubled or in another's place are found
//   payload  entries, keys ascending; each block can be read by itself
//   entry    integer key: varint of key - key before (the first of a block: of the key)
//            text key: varint of its length, its bytes
//            both: varint of the sum, zigzag (0, -1, 1, -2… as 0, 1, 2, 3…)
//   varint   7 bits a byte, lowest first; the highest bit is set in all but the last byte
//   end      a block of 0 entries, whose payload is u64: how many entries the run has
//
// The integer keys 5 and 300, with the sums 7 and -2, are one block of 2 entries and 5 bytes:
//
//   05 0e  a7 02 03        5, 7 → 14; 295 → a7 02, -2 → 3
//
// Runs are never synced: they are worth nothing after a crash. Where the disk loses what it said it
// took, the checksum tells, and the error is `corrupt`; never a wrong sum.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "fold/spill_folder.h"
#include "model/partial.h"

namespace weir {

struct Run {
  std::string name;  // within the spill folder
  KeyKind kind = KeyKind::integer;
  std::size_t block_bytes = 0;  // of a payload; the last entry may exceed it
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;  // of the file
};

struct NewRun {
  std::string name;
  std::size_t block_bytes = 0;
};

// Reads the cursor from its start to its end. After an error no file remains.
Result<Run> write_run(SpillFolder& folder, const NewRun& options, SumCursor& cursor);

// Keeps the file open, and a block in memory. Borrows the folder.
Result<std::unique_ptr<SumCursor>> open_run(SpillFolder& folder, const Run& run);

// What reading or writing a run takes in memory beside its cursor's source.
std::size_t run_memory_bytes(std::size_t block_bytes);

}  // namespace weir
