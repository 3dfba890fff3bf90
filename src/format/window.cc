// SPDX-License-Identifier: Apache-2.0
#include "format/window.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace weir {
namespace {

char* next_page(char* at) {
  const auto beyond = reinterpret_cast<std::uintptr_t>(at) % Window::page_bytes;
  return beyond == 0 ? at : at + (Window::page_bytes - beyond);
}

}  // namespace

void Window::restart(std::uint64_t offset) {
  begin_ = memory_.get();
  end_ = begin_;
  room_bytes_ = 0;
  carried_ = 0;
  offset_ = offset;
}

std::span<char> Window::room(std::size_t block_bytes) {
  const std::size_t held = size();
  const std::size_t phase = end_offset() % page_bytes;
  // One page lost before the block at most, and one before its phase.
  const std::size_t needed = margin_bytes + held + 2 * page_bytes + block_bytes + margin_bytes;
  std::unique_ptr<char[]> outgrown;  // holds what is carried until it has moved
  if (needed > memory_bytes_) {
    memory_bytes_ = std::max(needed, 2 * memory_bytes_);
    // Not cleared: pages that are never filled then cost nothing.
    outgrown = std::exchange(memory_, std::make_unique_for_overwrite<char[]>(memory_bytes_));
    std::memset(memory_.get(), 0, margin_bytes);
  }
  char* const block = next_page(memory_.get() + margin_bytes + held) + phase;
  if (held > 0) {
    std::memmove(block - held, begin_, held);
  }
  begin_ = block - held;
  end_ = block;
  carried_ = held;
  room_bytes_ = block_bytes;
  return {block, block_bytes};
}

void Window::filled(std::size_t bytes) {
  CHECK(bytes <= room_bytes_);
  end_ += bytes;
  room_bytes_ = 0;
  std::memset(end_, 0, margin_bytes);
}

void Window::consume(std::size_t bytes) {
  CHECK(bytes <= size());
  begin_ += bytes;
  offset_ += bytes;
  carried_ -= std::min(carried_, bytes);
}

}  // namespace weir
