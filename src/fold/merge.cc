// SPDX-License-Identifier: Apache-2.0
// Merges with a tree of winners: each leaf is a source, each node above the lesser of its two.
//
//              1: b            the least key is at source b; when it has been taken, b's next key
//           /        \         plays again on b's way to the root: as many comparisons as the
//        2: b        3: c      tree has levels
//       /    \      /    \     .
//     4: a  5: b  6: c  7: d
//
// A source hands out its keys in batches, and its views live until it is asked for the next one.
// So the merged batch ends when a source has run out of its own, and that source is asked at the
// beginning of the next call: no key is ever copied. Until then it stands as ended, which is
// harmless while the present key is summed up: whatever comes from it is greater.
#include "fold/merge.h"

#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <span>
#include <utility>

#include "base/check.h"
#include "fold/limits.h"

namespace weir {
namespace {

// The first eight bytes of a text, as a number that compares as they do.
std::uint64_t leading_word(std::string_view text) {
  std::array<unsigned char, 8> bytes{};
  std::memcpy(bytes.data(), text.data(), std::min(text.size(), bytes.size()));
  std::uint64_t word = 0;
  for (const unsigned char byte : bytes) {
    word = word << 8 | byte;
  }
  return word;
}

// What of a source lies before us.
struct Front {
  std::unique_ptr<SumCursor> source;
  std::span<const SumEntry> entries;  // empty: it has ended, or is to be asked
  std::uint64_t word = 0;             // of the first entry: its id, or how its text begins

  void look() {
    word = entries.empty()                          ? std::numeric_limits<std::uint64_t>::max()
           : source->key_kind() == KeyKind::integer ? entries.front().id
                                                    : leading_word(entries.front().text);
  }
};

bool less(const Front& a, const Front& b) {
  if (a.word != b.word) {
    return a.word < b.word;
  }
  if (a.entries.empty() || b.entries.empty()) {
    return b.entries.empty() && !a.entries.empty();
  }
  return a.entries.front().text < b.entries.front().text;  // both empty for integer keys
}

class MergedCursor final : public SumCursor {
 public:
  explicit MergedCursor(std::vector<std::unique_ptr<SumCursor>> sources)
      : kind_(sources.front()->key_kind()), winners_(sources.size() * 2) {
    for (auto& source : sources) {
      CHECK(source->key_kind() == kind_);
      keys_ += source->keys();
      fronts_.push_back({.source = std::move(source)});
    }
    start();
  }

  Result<void> rewind() override {
    for (Front& front : fronts_) {
      TRY(front.source->rewind());
    }
    start();
    return {};
  }

  Result<std::span<const SumEntry>> next() override {
    for (; !to_ask_.empty(); to_ask_.pop_back()) {
      Front& front = fronts_[to_ask_.back()];
      TRY_ASSIGN(front.entries, front.source->next());
      play(to_ask_.back());
    }
    std::size_t count = 0;
    while (count < batch_.size() && to_ask_.empty() && !least().entries.empty()) {
      batch_[count++] = take_least_key();
    }
    return std::span<const SumEntry>(batch_).first(count);
  }

  KeyKind key_kind() const override { return kind_; }
  std::uint64_t keys() const override { return keys_; }

 private:
  // Before the first key: nothing is known of any source.
  void start() {
    to_ask_.clear();
    for (std::size_t i = 0; i < fronts_.size(); ++i) {
      fronts_[i].entries = {};
      fronts_[i].look();
      winners_[fronts_.size() + i] = i;
      to_ask_.push_back(i);
    }
  }

  const Front& least() const { return fronts_[winners_[1]]; }

  SumEntry take_least_key() {
    const std::uint64_t word = least().word;
    SumEntry entry = least().entries.front();
    step();
    while (least().word == word && !least().entries.empty() &&
           least().entries.front().text == entry.text) {
      entry.sum += least().entries.front().sum;
      step();
    }
    return entry;
  }

  // The source of the least key goes on to its next one.
  void step() {
    const std::size_t source = winners_[1];
    Front& front = fronts_[source];
    front.entries = front.entries.subspan(1);
    if (front.entries.empty()) {
      to_ask_.push_back(source);
    }
    play(source);
  }

  // What lies before the source has changed: who wins now, on its way to the root?
  void play(std::size_t source) {
    fronts_[source].look();
    for (std::size_t node = (fronts_.size() + source) / 2; node > 0; node /= 2) {
      const std::size_t left = winners_[node * 2];
      const std::size_t right = winners_[node * 2 + 1];
      winners_[node] = less(fronts_[right], fronts_[left]) ? right : left;
    }
  }

  const KeyKind kind_;
  std::uint64_t keys_ = 0;
  std::vector<Front> fronts_;
  std::vector<std::size_t> winners_;  // by node, the root at 1; the leaves behind the other nodes
  std::vector<std::size_t> to_ask_;   // sources whose batch has been used up
  std::array<SumEntry, limits::cursor_batch_entries> batch_;
};

}  // namespace

std::unique_ptr<SumCursor> merged(std::vector<std::unique_ptr<SumCursor>> sources) {
  CHECK(!sources.empty());
  return std::make_unique<MergedCursor>(std::move(sources));
}

}  // namespace weir
