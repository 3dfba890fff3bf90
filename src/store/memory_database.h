// SPDX-License-Identifier: Apache-2.0
// What the memory store holds, and the commit into it. Private to this folder.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "model/partial.h"
#include "store/store.h"

namespace weir {

struct MemoryFile {
  std::string flow;
  FileRow row;
  std::vector<UnitRow> units;  // of the current epoch; none once the file is done
};

struct MemoryReject {
  Reject reject;
  std::optional<std::uint64_t> line;  // resolved when the file is done
};

// The mutex is held within one call, and never while another seam is called: on fibers, which run
// one at a time, it is always free. Everything below it is under it.
class MemoryDatabase {
 public:
  explicit MemoryDatabase(KeyKind kind) : key(kind) {}

  const KeyKind key;
  std::mutex mutex;
  bool prepared = false;
  std::map<std::string, std::int64_t> totals;  // by memory_key
  std::map<FileSequence, MemoryFile> files;
  std::map<std::pair<std::string, FileIdentity>, FileSequence> sequences;  // by flow and identity
  std::map<std::pair<std::uint64_t, UInt128>, std::set<FileSequence>> finished;  // by size, digest
  std::map<std::tuple<FileSequence, std::int32_t, std::uint64_t>, MemoryReject> rejects;
  ControlSum base;
  ControlSum batches;

  MemoryFile* known(const std::string& flow, FileSequence file);  // nullptr: it is not
};

// A key whose bytes sort as the keys do: numbers by value, text byte by byte.
std::string memory_key(const SumEntry& entry, KeyKind key);
SumEntry memory_entry(const std::string& key, Int128 sum, KeyKind kind);  // borrows the key

using MemorySums = std::vector<std::pair<std::string, Int128>>;  // by memory_key, ascending
Result<MemorySums> read_sums(SumCursor& partial);

struct MemoryCommit {
  const std::string& flow;
  Nanoseconds now = 0;
  std::span<const UnitOutcome> units;
  const MemorySums& sums;
};

// Committer::commit, with the partial read already. Under the mutex.
Result<Receipt> commit_to(MemoryDatabase& database, const MemoryCommit& commit);

}  // namespace weir
