// SPDX-License-Identifier: Apache-2.0
#include "fold/pages.h"

#include <sys/mman.h>

#include <algorithm>

namespace weir {
namespace {

constexpr std::size_t page_bytes = 4096;
constexpr std::size_t huge_bytes = 2 << 20;

constexpr std::size_t rounded_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

}  // namespace

Pages::Pages(std::size_t bytes) {
  // A large stretch begins at a huge page: whether the system would do that by itself depends on
  // its version.
  const std::size_t slack = bytes >= huge_bytes ? huge_bytes : 0;
  const std::size_t wanted = rounded_up(bytes, page_bytes);
  void* const memory = mmap(nullptr, wanted + slack, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED || wanted == 0) {
    return;
  }
  char* const first = static_cast<char*>(memory);
  const std::size_t skipped = slack == 0
                                  ? 0
                                  : rounded_up(reinterpret_cast<std::size_t>(first), huge_bytes) -
                                        reinterpret_cast<std::size_t>(first);
  if (skipped > 0) {
    munmap(first, skipped);
  }
  if (slack > skipped) {
    munmap(first + skipped + wanted, slack - skipped);
  }
  begin_ = first + skipped;
  bytes_ = wanted;
}

Pages::~Pages() {
  if (begin_ != nullptr) {
    munmap(begin_, bytes_);
  }
}

// All three are advice: where the system does not follow, the memory is as good, only slower.
void Pages::prefer_huge(std::size_t from) const {
  from = rounded_up(from, huge_bytes);
  if (from < bytes_) {
    madvise(begin_ + from, bytes_ - from, MADV_HUGEPAGE);
  }
}

void Pages::populate(std::size_t begin, std::size_t end) const {
#ifdef MADV_POPULATE_WRITE
  begin = begin / page_bytes * page_bytes;
  end = std::min(rounded_up(end, page_bytes), bytes_);
  madvise(begin_ + begin, end - begin, MADV_POPULATE_WRITE);
#endif
}

void Pages::forget(std::size_t begin, std::size_t end) const {
  madvise(begin_ + begin, rounded_up(end - begin, page_bytes), MADV_DONTNEED);
}

}  // namespace weir
