// SPDX-License-Identifier: Apache-2.0
#include "fold/text_slices.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "fold/chain.h"
#include "fold/limits.h"
#include "fold/text_key.h"

namespace weir {
namespace {

constexpr std::size_t slice_keys = 32 << 10;  // merged within the second-level cache
constexpr std::size_t samples_per_slice = 16;

std::size_t keys_of(const SortedTexts& stretches) {
  std::size_t keys = 0;
  for (const TextStretch& stretch : stretches) {
    keys += stretch.slots.size();
  }
  return keys;
}

// What lies before the cut; the stretches go on behind it.
SortedTexts taken_before(const std::string& cut, SortedTexts& stretches) {
  SortedTexts taken;
  for (TextStretch& stretch : stretches) {
    const auto end = std::ranges::partition_point(
        stretch.slots, [&](const TextSlot& slot) { return stretch.text_of(slot) < cut; });
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

std::string_view text_of(const Seen& seen) {
  return seen.slot->text(seen.room);
}

bool less(const Seen& a, const Seen& b) {
  return a.word != b.word ? a.word < b.word : text_of(a) < text_of(b);
}

// The first eight bytes of its text.
std::uint64_t leading_word(std::string_view text) {
  return text.size() < sizeof(std::uint64_t) ? words::of_few(text.data(), text.size())
                                             : words::at<std::uint64_t>(text.data());
}

std::vector<Seen> seen(const TextStretch& stretch) {
  std::vector<Seen> all;
  all.reserve(stretch.slots.size());
  for (const TextSlot& slot : stretch.slots) {
    all.push_back({leading_word(stretch.text_of(slot)), &slot, stretch.room});
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
      batch_[count++] = take_key();
    }
    return std::span<const SumEntry>(batch_).first(count);
  }
  KeyKind key_kind() const override { return KeyKind::text; }
  std::uint64_t keys() const override { return keys_; }

 private:
  SumEntry take_key() {
    const Seen& first = slots_[next_++];
    SumEntry entry{.text = text_of(first), .sum = first.slot->total()};
    for (; next_ < slots_.size() && slots_[next_].word == first.word &&
           text_of(slots_[next_]) == text_of(first);
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
};

}  // namespace

std::vector<std::string> text_cuts(const SortedTexts& stretches) {
  const std::size_t keys = keys_of(stretches);
  const std::size_t slices = std::min(keys / slice_keys + 1, limits::order_cuts_max + 1);
  const std::size_t every = std::max<std::size_t>(keys / (slices * samples_per_slice), 1);
  std::vector<std::string> sample;
  for (const TextStretch& stretch : stretches) {
    for (std::size_t i = every / 2; slices > 1 && i < stretch.slots.size(); i += every) {
      sample.emplace_back(stretch.text_of(stretch.slots[i]));
    }
  }
  std::ranges::sort(sample);
  std::vector<std::string> cuts;
  for (std::size_t i = 1; i < slices && !sample.empty(); ++i) {
    cuts.push_back(sample[i * sample.size() / slices]);
  }
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  return cuts;
}

TextSlices::TextSlices(SortedTexts stretches, const std::vector<std::string>& cuts) {
  for (const std::string& cut : cuts) {
    slices_.push_back(taken_before(cut, stretches));
  }
  std::erase_if(stretches, [](const TextStretch& stretch) { return stretch.slots.empty(); });
  slices_.push_back(std::move(stretches));
}

std::uint64_t TextSlices::keys(std::size_t index) const {
  return keys_of(slices_.at(index));
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
