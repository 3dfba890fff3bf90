// SPDX-License-Identifier: Apache-2.0
// Zeroed memory from the system: a stretch of addresses, of which only the pages that are touched
// take memory.
#pragma once

#include <cstddef>
#include <utility>

namespace weir {

class Pages {
 public:
  Pages() = default;
  // So many bytes, or none where the system has no such stretch of addresses.
  explicit Pages(std::size_t bytes);
  ~Pages();
  Pages(Pages&& other) noexcept
      : begin_(std::exchange(other.begin_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Pages& operator=(Pages&& other) noexcept {
    std::swap(begin_, other.begin_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }

  char* begin() const { return begin_; }
  std::size_t bytes() const { return bytes_; }

  // Asks for pages of 2 MiB from here on: fewer misses of the address cache, coarser memory.
  void prefer_huge(std::size_t from = 0) const;
  // Memory for this part at once, instead of page by page as it is touched.
  void populate(std::size_t begin, std::size_t end) const;
  // Gives the memory back; the addresses stay, and read as zero.
  void forget(std::size_t begin, std::size_t end) const;

 private:
  char* begin_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace weir
