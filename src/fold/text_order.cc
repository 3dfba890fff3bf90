// SPDX-License-Identifier: Apache-2.0
#include "fold/text_order.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "base/int128.h"
#include "fold/radix_sort.h"

namespace weir {
namespace {

constexpr std::uint64_t longer = text_kind::longest + 1;  // the last byte of a front of a long text

bool is_uuid(const TextSum& sum) {
  return sum.key.kind() == text_kind::uuid;
}

TextKey front_of(std::string_view text) {
  if (text.size() <= text_kind::longest) {
    return text_key(text);
  }
  const char* const from = text.data();
  return {words::at<std::uint64_t>(from), words::at<std::uint64_t>(from + 8),
          (words::at<std::uint64_t>(from + 16) & ~std::uint64_t{0xff}) | longer};
}

TextKey front_of(const TextKey& key) {
  TextRoom room;
  return key.kind() == text_kind::uuid ? front_of(text_of(key, room)) : key;
}

[[gnu::always_inline]] inline bool not_above(const TextKey& cut, const TextKey& key) {
  const UInt128 of_cut = UInt128{cut.first} << 64 | cut.second;
  const UInt128 of_key = UInt128{key.first} << 64 | key.second;
  return of_cut < of_key || (of_cut == of_key && cut.third <= key.third);
}

// Calls see(stretch) with each stretch of several entries in which a word is equal.
template <class Word, class See>
void each_equal(std::span<TextSum> sums, const Word& word, const See& see) {
  for (auto begin = sums.begin(); begin != sums.end();) {
    const auto end = std::find_if(begin, sums.end(),
                                  [&](const TextSum& sum) { return word(sum) != word(*begin); });
    if (end - begin > 1) {
      see(std::span<TextSum>(begin, end));
    }
    begin = end;
  }
}

void sort_by_words(std::span<TextSum> sums) {
  const auto first = [](const TextSum& sum) { return sum.key.first; };
  const auto second = [](const TextSum& sum) { return sum.key.second; };
  const auto third = [](const TextSum& sum) { return sum.key.third; };
  radix_sort(sums, first);
  each_equal(sums, first, [&](std::span<TextSum> of_one_first) {
    radix_sort(of_one_first, second);
    each_equal(of_one_first, second, [&](std::span<TextSum> of_two) { radix_sort(of_two, third); });
  });
}

bool text_less(const TextSum& a, const TextSum& b) {
  TextRoom room_a;
  TextRoom room_b;
  return text_of(a.key, room_a) < text_of(b.key, room_b);
}

}  // namespace

TextCut::TextCut(std::string_view at) : text(at), front(front_of(at)) {}

OrderOf<TextLine>::OrderOf(std::vector<Cut> cuts) : cuts_(std::move(cuts)) {
  for (const TextCut& cut : cuts_) {
    search_.push_back(cut.front);
  }
  const TextKey above_all{UINT64_MAX, UINT64_MAX, UINT64_MAX};
  search_.resize(std::bit_ceil(cuts_.size() + 1) - 1, above_all);
}

TextCut OrderOf<TextLine>::cut_at(const TextKey& key) {
  TextRoom room;
  return TextCut(text_of(key, room));
}

// As for ids, by fronts. Those of a key that is no UUID tell it from every cut.
void OrderOf<TextLine>::ranges_of(std::span<const TextSum> entries,
                                  std::span<std::uint32_t> ranges) const {
  std::array<TextKey, 16> fronts;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    fronts[i] = front_of(entries[i].key);
    ranges[i] = 0;
  }
  for (std::size_t step = (search_.size() + 1) / 2; step > 0; step /= 2) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const std::uint32_t above = not_above(search_[ranges[i] + step - 1], fronts[i]) ? 1 : 0;
      ranges[i] += above * static_cast<std::uint32_t>(step);
    }
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (fronts[i].kind() == longer && ranges[i] > 0 && cuts_[ranges[i] - 1].front == fronts[i]) {
      ranges[i] = range_of_uuid(entries[i].key, ranges[i]);
    }
  }
}

// The cuts right below have the same front.
std::uint32_t OrderOf<TextLine>::range_of_uuid(const TextKey& key, std::uint32_t at_most) const {
  TextRoom room;
  const std::string_view text = text_of(key, room);
  while (at_most > 0 && text < cuts_[at_most - 1].text) {
    --at_most;
  }
  return at_most;
}

std::vector<TextSum> OrderOf<TextLine>::sorted(std::vector<TextSum> entries) {
  const auto uuids = std::partition(entries.begin(), entries.end(),
                                    [](const TextSum& sum) { return !is_uuid(sum); });
  sort_by_words({entries.begin(), uuids});
  sort_by_words({uuids, entries.end()});
  if (uuids == entries.begin() || uuids == entries.end()) {
    return entries;
  }
  std::vector<TextSum> merged(entries.size());
  std::merge(entries.begin(), uuids, uuids, entries.end(), merged.begin(), text_less);
  return merged;
}

}  // namespace weir
