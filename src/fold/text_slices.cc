// SPDX-License-Identifier: Apache-2.0
#include "fold/text_slices.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "fold/chain.h"
#include "fold/limits.h"

namespace weir {
namespace {

constexpr std::size_t slice_keys = 32 << 10;  // merged within the second-level cache
constexpr std::size_t slices_max = 1024;
constexpr std::size_t samples_per_slice = 16;

std::size_t keys_of(const SortedTexts& stretches) {
  std::size_t keys = 0;
  for (const TextStretch& stretch : stretches) {
    keys += stretch.slots.size();
  }
  return keys;
}

// Ascending, each once, fewer than slices.
std::vector<std::string> cuts_of(const SortedTexts& stretches) {
  const std::size_t keys = keys_of(stretches);
  const std::size_t slices = std::min(keys / slice_keys + 1, slices_max);
  const std::size_t every = std::max<std::size_t>(keys / (slices * samples_per_slice), 1);
  TextRoom room;
  std::vector<std::string> sample;
  for (const TextStretch& stretch : stretches) {
    for (std::size_t i = every / 2; slices > 1 && i < stretch.slots.size(); i += every) {
      sample.emplace_back(stretch.text_of(stretch.slots[i], room));
    }
  }
  std::ranges::sort(sample);
  std::vector<std::string> cuts;
  for (std::size_t i = 1; i < slices; ++i) {
    cuts.push_back(sample[i * sample.size() / slices]);
  }
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  return cuts;
}

// What lies before the cut; the stretches go on behind it.
SortedTexts taken_before(const std::string& cut, SortedTexts& stretches) {
  SortedTexts taken;
  TextRoom room;
  for (TextStretch& stretch : stretches) {
    const auto end = std::ranges::partition_point(
        stretch.slots, [&](const TextSlot& slot) { return stretch.text_of(slot, room) < cut; });
    const auto count = static_cast<std::size_t>(end - stretch.slots.begin());
    if (count > 0) {
      taken.push_back({.slots = stretch.slots.first(count), .room = stretch.room});
    }
    stretch.slots = stretch.slots.subspan(count);
  }
  return taken;
}

// A slot on its way through the merge, with the word by which it is mostly told from others.
struct Seen {
  std::uint64_t word = 0;
  const TextSlot* slot = nullptr;
  const char* room = nullptr;
};

// Of slots with the same word.
std::strong_ordering compare_rest(const Seen& a, const Seen& b) {
  if (a.slot->kind() == b.slot->kind() && !a.slot->elsewhere()) {
    return std::pair(a.slot->high, a.slot->low) <=> std::pair(b.slot->high, b.slot->low);
  }
  TextRoom room_a;
  TextRoom room_b;
  return text_of(*a.slot, a.room, room_a) <=> text_of(*b.slot, b.room, room_b);
}

bool less(const Seen& a, const Seen& b) {
  return a.word != b.word ? a.word < b.word : compare_rest(a, b) < 0;
}

// The first eight bytes of its text.
std::uint64_t leading_word(const TextSlot& slot, const char* room) {
  if (slot.kind() <= text_kind::longest) {
    return slot.high;
  }
  TextRoom into;
  return words::at<std::uint64_t>(text_of(slot, room, into).data());
}

std::vector<Seen> seen(const TextStretch& stretch) {
  std::vector<Seen> all;
  all.reserve(stretch.slots.size());
  for (const TextSlot& slot : stretch.slots) {
    all.push_back({leading_word(slot, stretch.room), &slot, stretch.room});
  }
  return all;
}

// Two at a time, until there is one.
std::vector<Seen> merged(const SortedTexts& stretches) {
  std::vector<std::vector<Seen>> runs;
  for (const TextStretch& stretch : stretches) {
    runs.push_back(seen(stretch));
  }
  for (; runs.size() > 1; runs.resize((runs.size() + 1) / 2)) {
    for (std::size_t i = 0; i + 1 < runs.size(); i += 2) {
      std::vector<Seen> both(runs[i].size() + runs[i + 1].size());
      std::ranges::merge(runs[i], runs[i + 1], both.begin(), less);
      runs[i / 2] = std::move(both);
    }
    if (runs.size() % 2 == 1) {
      runs[runs.size() / 2] = std::move(runs.back());
    }
  }
  return runs.empty() ? std::vector<Seen>() : std::move(runs.front());
}

class SliceCursor final : public SumCursor {
 public:
  explicit SliceCursor(const SortedTexts& stretches)
      : stretches_(stretches), keys_(keys_of(stretches)) {}

  Result<void> rewind() override {
    next_ = 0;
    return {};
  }
  Result<std::span<const SumEntry>> next() override {
    if (slots_.size() < keys_) {
      slots_ = merged(stretches_);
    }
    std::size_t count = 0;
    while (count < batch_.size() && next_ < slots_.size()) {
      batch_[count] = take_key(texts_[count]);
      ++count;
    }
    return std::span<const SumEntry>(batch_).first(count);
  }
  KeyKind key_kind() const override { return KeyKind::text; }
  std::uint64_t keys() const override { return keys_; }

 private:
  SumEntry take_key(TextRoom& into) {
    const Seen& first = slots_[next_++];
    SumEntry entry{.text = text_of(*first.slot, first.room, into), .sum = first.slot->total()};
    for (; next_ < slots_.size() && slots_[next_].word == first.word &&
           compare_rest(slots_[next_], first) == 0;
         ++next_) {
      entry.sum += slots_[next_].slot->total();
    }
    return entry;
  }

  const SortedTexts& stretches_;
  const std::uint64_t keys_;
  std::vector<Seen> slots_;  // merged, when they have been asked for
  std::size_t next_ = 0;
  std::array<SumEntry, limits::cursor_batch_entries> batch_;
  std::array<TextRoom, limits::cursor_batch_entries> texts_;
};

}  // namespace

TextSlices::TextSlices(SortedTexts stretches) {
  for (const std::string& cut : cuts_of(stretches)) {
    slices_.push_back(taken_before(cut, stretches));
  }
  std::erase_if(stretches, [](const TextStretch& stretch) { return stretch.slots.empty(); });
  slices_.push_back(std::move(stretches));
}

std::unique_ptr<SumCursor> TextSlices::cursor(std::size_t index) const {
  return std::make_unique<SliceCursor>(slices_.at(index));
}

std::unique_ptr<SumCursor> TextSlices::whole() const {
  Chain chain{.kind = KeyKind::text, .parts = count(), .open = [this](std::size_t part) {
                return cursor(part);
              }};
  for (const SortedTexts& slice : slices_) {
    chain.keys += keys_of(slice);
  }
  return chained(std::move(chain));
}

}  // namespace weir
