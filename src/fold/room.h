// SPDX-License-Identifier: Apache-2.0
// A stretch of memory for tables to grow in. The allocator maps a large one without touching it,
// so that pages cost nothing before a table has grown into them.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>

namespace weir {

class Room {
 public:
  explicit Room(std::size_t bytes) : bytes_(bytes / alignment * alignment) {}

  // False: the machine has no memory. Again: no effect. Uninitialised.
  bool allocate() {
    if (!memory_ && bytes_ > 0) {
      memory_.reset(static_cast<char*>(std::aligned_alloc(alignment, bytes_)));
    }
    return memory_ != nullptr;
  }
  char* begin() const { return memory_.get(); }
  char* end() const { return memory_.get() + bytes_; }
  std::size_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t alignment = 64;  // a cache line
  struct Free {
    void operator()(char* memory) const { std::free(memory); }
  };

  std::size_t bytes_;
  std::unique_ptr<char, Free> memory_;
};

}  // namespace weir
