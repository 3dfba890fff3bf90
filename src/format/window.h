// SPDX-License-Identifier: Apache-2.0
// The part of a stream that is in memory: a block just read, and right before it the line that the
// block before cut off, so that every line lies in one piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace weir {

//   memory   | margin | … carried |<- page  block …       | margin |
//                       ^ bytes() begin                  ^ bytes() end
//
// A block lies in memory as it lies in the file relative to a page (4 KiB): the kernel's copy is
// about twice as slow otherwise. One thread.
class Window {
 public:
  // Readable before and behind bytes(), so that a parser may load whole words over the ends.
  static constexpr std::size_t margin_bytes = 64;
  static constexpr std::size_t page_bytes = 4096;

  void restart(std::uint64_t offset);  // empty, at this place of the stream; keeps its memory

  // Room for the next block. Views of bytes() end here: what is not consumed moves before it.
  std::span<char> room(std::size_t block_bytes);
  void filled(std::size_t bytes);  // so many bytes of the room, from its front

  std::string_view bytes() const { return {begin_, size()}; }  // what is not consumed
  std::size_t size() const { return static_cast<std::size_t>(end_ - begin_); }
  std::size_t carried() const { return carried_; }  // of bytes(): there before the last block
  std::uint64_t offset() const { return offset_; }  // in the stream, of the first of bytes()
  std::uint64_t end_offset() const { return offset_ + size(); }
  void consume(std::size_t bytes);  // from the front

 private:
  std::unique_ptr<char[]> memory_;
  std::size_t memory_bytes_ = 0;
  char* begin_ = nullptr;
  char* end_ = nullptr;
  std::size_t room_bytes_ = 0;
  std::size_t carried_ = 0;
  std::uint64_t offset_ = 0;
};

}  // namespace weir
