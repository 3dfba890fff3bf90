// SPDX-License-Identifier: Apache-2.0
// What the memory store holds. Private to this folder.
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

// Consumer (by memory_key), time, file, and the name of the period: in the order of every store.
using MemoryHistoryKey = std::tuple<std::string, Seconds, FileSequence, std::string>;

// Ledger and totals, which change together.
struct MemoryTables {
  KeyKind key = KeyKind::integer;  // never changes
  bool prepared = false;
  std::map<std::string, std::int64_t> totals;  // by memory_key
  std::map<FileSequence, MemoryFile> files;
  std::map<std::pair<std::string, FileIdentity>, FileSequence> sequences;  // by flow and identity
  std::map<std::pair<std::uint64_t, UInt128>, std::set<FileSequence>> finished;  // by size, digest
  std::map<std::tuple<FileSequence, std::int32_t, std::uint64_t>, MemoryReject> rejects;
  bool keeps_history = false;  // whether there is one
  std::map<MemoryHistoryKey, std::int64_t> history;
  std::vector<Correction> corrections;  // ascending by number
  FileSequence last_sequence = 0;
  ControlSum base;
  ControlSum batches;
  Int128 forgotten = 0;          // what files added that are forgotten
  Int128 forgotten_history = 0;  // of those that have history
  std::string copied_from;       // the incarnation; empty: it is no copy
};

// The mutex is held within one call, and never while another seam is called: on fibers, which run
// one at a time, it is always free. All tables are under it.
class MemoryDatabase : public MemoryTables {
 public:
  explicit MemoryDatabase(KeyKind kind) { key = kind; }
  explicit MemoryDatabase(MemoryTables tables) : MemoryTables(std::move(tables)) {}

  std::mutex mutex;

  MemoryFile* known(const std::string& flow, FileSequence file);             // nullptr: it is not
  Result<MemoryFile*> named(const std::string& flow, const SeenFile& file);  // or no_such_file()
};

// A key whose bytes sort as the keys do: numbers by value, text byte by byte.
std::string memory_key(const SumEntry& entry, KeyKind key);
SumEntry memory_entry(const std::string& key, Int128 sum, KeyKind kind);  // borrows the key

using MemorySums = std::vector<std::pair<std::string, Int128>>;  // by memory_key, ascending
Result<MemorySums> read_sums(SumCursor& partial);

ControlSum control_of(const MemorySums& sums, KeyKind key);

// The total of every key with its sum added. `invalid`: one does not fit.
Result<std::vector<std::int64_t>> new_totals(const MemoryDatabase& database,
                                             const MemorySums& sums);

}  // namespace weir
