// SPDX-License-Identifier: Apache-2.0
#include "store/memory_database.h"

#include "base/check.h"
#include "store/memory.h"
#include "store/rules.h"

namespace weir {
namespace {

constexpr std::uint64_t sign = 1ULL << 63;  // flipped, so that negative numbers sort first

}  // namespace

std::string memory_key(const SumEntry& entry, KeyKind key) {
  if (key == KeyKind::text) {
    return std::string(entry.text);
  }
  std::string bytes(8, '\0');
  std::uint64_t rest = entry.id ^ sign;
  for (std::size_t i = bytes.size(); i-- > 0; rest >>= 8) {
    bytes[i] = static_cast<char>(rest & 255);
  }
  return bytes;
}

SumEntry memory_entry(const std::string& key, Int128 sum, KeyKind kind) {
  if (kind == KeyKind::text) {
    return {.text = key, .sum = sum};
  }
  std::uint64_t id = 0;
  for (const char byte : key) {
    id = id << 8 | static_cast<unsigned char>(byte);
  }
  return {.id = id ^ sign, .text = {}, .sum = sum};
}

MemoryFile* MemoryDatabase::known(const std::string& flow, FileSequence file) {
  const auto at = files.find(file);
  return at == files.end() || at->second.flow != flow ? nullptr : &at->second;
}

Result<MemoryFile*> MemoryDatabase::named(const std::string& flow, const SeenFile& file) {
  MemoryFile* const found = known(flow, file.sequence);
  return found == nullptr ? no_such_file(file) : Result<MemoryFile*>(found);
}

Result<MemorySums> read_sums(SumCursor& partial) {
  MemorySums sums;
  TRY(partial.rewind());
  for (;;) {
    TRY_ASSIGN(const auto entries, partial.next());
    if (entries.empty()) {
      return sums;
    }
    for (const SumEntry& entry : entries) {
      sums.emplace_back(memory_key(entry, partial.key_kind()), entry.sum);
    }
  }
}

ControlSum control_of(const MemorySums& sums, KeyKind key) {
  ControlSum control;
  for (const auto& [bytes, sum] : sums) {
    control.add(memory_entry(bytes, sum, key));
  }
  return control;
}

// The new total of every key.
Result<std::vector<std::int64_t>> new_totals(const MemoryDatabase& database,
                                             const MemorySums& sums) {
  std::vector<std::int64_t> totals;
  totals.reserve(sums.size());
  for (const auto& [key, sum] : sums) {
    const auto at = database.totals.find(key);
    const Int128 stored = at == database.totals.end() ? 0 : at->second;
    if (!fits_int64(sum) || !fits_int64(stored + sum)) {
      return sum_does_not_fit(consumer_text(memory_entry(key, sum, database.key), database.key),
                              stored, sum);
    }
    totals.push_back(static_cast<std::int64_t>(stored + sum));
  }
  return totals;
}

std::shared_ptr<MemoryDatabase> memory_database(KeyKind key) {
  return std::make_shared<MemoryDatabase>(key);
}

std::shared_ptr<MemoryDatabase> copy_of(MemoryDatabase& database) {
  const std::lock_guard lock(database.mutex);
  return std::make_shared<MemoryDatabase>(static_cast<const MemoryTables&>(database));
}

void put_total(MemoryDatabase& database, const std::string& consumer, Int128 amount) {
  const std::lock_guard lock(database.mutex);
  CHECK(!database.prepared && fits_int64(amount));
  SumEntry entry{.text = consumer};
  if (database.key == KeyKind::integer) {
    const auto id = consumer_id(consumer);
    CHECK(id);
    entry = {.id = static_cast<std::uint64_t>(*id)};
  }
  database.totals[memory_key(entry, database.key)] = static_cast<std::int64_t>(amount);
}

}  // namespace weir
