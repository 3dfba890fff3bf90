// SPDX-License-Identifier: Apache-2.0
// The blocks lie on a grid over the file, whatever the portions that arrive and whatever the unit:
//
//   file    |0        1MiB|         2MiB|       3MiB|
//   blocks  |  hash(0)    |   hash(1)   |  hash(2)  |     digest = hash(0) + hash(1) + hash(2)
//   add()   |--|-----|---------|-----------------|--|
//
// so a portion is cut at the grid, and addition lets the units come from anywhere in any order.
#include "model/digest.h"

#include <xxhash.h>

#include <algorithm>

#include "base/check.h"

namespace weir {
namespace {

struct Free {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

}  // namespace

struct Digest::State {
  std::unique_ptr<XXH3_state_t, Free> hash{XXH3_createState()};
  std::uint64_t offset = 0;  // in the file, of the next byte
  bool block_open = false;   // bytes of the block at `offset` were added
  bool finished = false;
  UInt128 sum = 0;
};

Digest::Digest(std::uint64_t begin) : state_(std::make_unique<State>()) {
  CHECK(state_->hash != nullptr);
  state_->offset = begin;
}

Digest::~Digest() = default;

void Digest::add(std::span<const char> bytes) {
  State& state = *state_;
  CHECK(!state.finished);
  while (!bytes.empty()) {
    if (!state.block_open) {
      XXH3_128bits_reset_withSeed(state.hash.get(), state.offset / digest_block_bytes);
      state.block_open = true;
    }
    const std::uint64_t room = digest_block_bytes - state.offset % digest_block_bytes;
    const std::size_t taken = std::min<std::uint64_t>(room, bytes.size());
    XXH3_128bits_update(state.hash.get(), bytes.data(), taken);
    state.offset += taken;
    bytes = bytes.subspan(taken);
    if (taken == room) {
      close_block();
    }
  }
}

void Digest::close_block() {
  CHECK(state_->block_open);
  const XXH128_hash_t hash = XXH3_128bits_digest(state_->hash.get());
  state_->sum += UInt128(hash.high64) << 64 | hash.low64;
  state_->block_open = false;
}

UInt128 Digest::finish() {
  CHECK(!state_->finished);
  if (state_->block_open) {
    close_block();
  }
  state_->finished = true;
  return state_->sum;
}

}  // namespace weir
