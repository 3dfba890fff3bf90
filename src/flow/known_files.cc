// SPDX-License-Identifier: Apache-2.0
#include "flow/known_files.h"

#include <xxhash.h>

#include <array>
#include <utility>

namespace weir {
namespace {

constexpr std::size_t slots_min = 1024;
// At most three quarters of the slots are taken.
constexpr std::size_t share_taken = 3;
constexpr std::size_t share_all = 4;
static_assert(known_files_max <= (std::size_t{1} << 22) / share_all * share_taken);

}  // namespace

KnownFiles::KnownFiles(Clock& clock, Random& random) : clock_(clock), random_(random) {
  forget();
}

void KnownFiles::forget() {
  seed_ = random_.next();
  forget_at_ = clock_.monotonic() + known_files_kept_for;
  slots_.assign(slots_min, 0);
  slots_.shrink_to_fit();
  size_ = 0;
}

bool KnownFiles::contains(const SourceObject& object) {
  if (clock_.monotonic() >= forget_at_) {
    forget();
  }
  return slot_of(fingerprint(object)) != 0;
}

void KnownFiles::insert(const SourceObject& object) {
  std::uint64_t& slot = slot_of(fingerprint(object));
  if (slot != 0 || size_ >= known_files_max) {
    return;
  }
  slot = fingerprint(object);
  ++size_;
  if (size_ * share_all > slots_.size() * share_taken) {
    grow();
  }
}

std::uint64_t KnownFiles::fingerprint(const SourceObject& object) const {
  const VersionToken& token = object.token;
  const std::array<std::uint64_t, 5> words = {
      XXH3_64bits_withSeed(object.path.data(), object.path.size(), seed_),
      XXH3_64bits_withSeed(token.tag.data(), token.tag.size(), seed_), token.size, token.inode,
      static_cast<std::uint64_t>(token.modified)};
  const std::uint64_t hash = XXH3_64bits_withSeed(words.data(), sizeof words, ~seed_);
  return hash == 0 ? 1 : hash;
}

std::uint64_t& KnownFiles::slot_of(std::uint64_t fingerprint) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = fingerprint & mask;
  while (slots_[at] != 0 && slots_[at] != fingerprint) {
    at = (at + 1) & mask;
  }
  return slots_[at];
}

void KnownFiles::grow() {
  const std::vector<std::uint64_t> old =
      std::exchange(slots_, std::vector<std::uint64_t>(slots_.size() * 2, 0));
  for (const std::uint64_t fingerprint : old) {
    if (fingerprint != 0) {
      slot_of(fingerprint) = fingerprint;
    }
  }
}

}  // namespace weir
