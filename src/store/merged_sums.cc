// SPDX-License-Identifier: Apache-2.0
#include "store/merged_sums.h"

#include "base/check.h"

namespace weir {
namespace {

constexpr std::size_t entries_per_step = 256;

// As the cursors ascend: numbers by value, text byte by byte.
bool before(const SumEntry& a, const SumEntry& b) {
  return a.id != b.id ? a.id < b.id : a.text < b.text;
}

}  // namespace

MergedSums::MergedSums(SumCursor& one, SumCursor& other)
    : sides_{{.cursor = &one}, {.cursor = &other}}, texts_(entries_per_step) {
  CHECK(one.key_kind() == other.key_kind());
}

Result<void> MergedSums::rewind() {
  for (Side& side : sides_) {
    TRY(side.cursor->rewind());
    side.entries = {};
    side.ended = false;
  }
  return {};
}

Result<void> MergedSums::fill(Side& side) {
  if (side.entries.empty() && !side.ended) {
    TRY_ASSIGN(side.entries, side.cursor->next());
    side.ended = side.entries.empty();
  }
  return {};
}

void MergedSums::put(const SumEntry& entry, Int128 sum) {
  std::string& text = texts_[merged_.size()];
  text.assign(entry.text);
  merged_.push_back({.id = entry.id, .text = text, .sum = sum});
}

Result<std::span<const SumEntry>> MergedSums::next() {
  merged_.clear();
  Side& one = sides_[0];
  Side& other = sides_[1];
  while (merged_.size() < entries_per_step) {
    TRY(fill(one));
    TRY(fill(other));
    if (one.ended && other.ended) {
      break;
    }
    const bool from_one = !one.ended && (other.ended || !before(other.entries[0], one.entries[0]));
    const bool from_other =
        !other.ended && (one.ended || !before(one.entries[0], other.entries[0]));
    put(from_one ? one.entries[0] : other.entries[0],
        (from_one ? one.entries[0].sum : 0) + (from_other ? other.entries[0].sum : 0));
    one.entries = one.entries.subspan(from_one ? 1 : 0);
    other.entries = other.entries.subspan(from_other ? 1 : 0);
  }
  return std::span<const SumEntry>(merged_);
}

}  // namespace weir
