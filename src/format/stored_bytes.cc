// SPDX-License-Identifier: Apache-2.0
#include "format/stored_bytes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace weir {

StoredBytes::StoredBytes(const Options& options) : options_(options), offset_(options.own.begin) {}

Result<std::string_view> StoredBytes::peek() {
  CHECK(offset_ == options_.own.begin && head_end_ == 0);
  TRY_ASSIGN(head_end_, fetch(head_));
  return std::string_view(head_.data(), head_end_);
}

Result<std::size_t> StoredBytes::read(std::span<char> into) {
  const std::size_t peeked = std::min(into.size(), head_end_ - head_taken_);
  if (peeked > 0) {
    std::memcpy(into.data(), head_.data() + head_taken_, peeked);
    head_taken_ += peeked;
  }
  TRY_ASSIGN(const std::size_t fetched, fetch(into.subspan(peeked)));
  return peeked + fetched;
}

Result<std::size_t> StoredBytes::fetch(std::span<char> into) {
  std::size_t wanted = into.size();
  if (options_.file_bytes) {
    CHECK(offset_ <= *options_.file_bytes);
    wanted = std::min<std::uint64_t>(wanted, *options_.file_bytes - offset_);
  }
  if (wanted == 0) {
    return std::size_t{0};
  }
  TRY_ASSIGN(const std::size_t got, options_.file.read_at(offset_, into.first(wanted)));
  CHECK(got <= wanted);
  if (got < wanted && options_.file_bytes) {
    return Error{ErrorKind::invalid, fmt::format("it ends after {} bytes, and not after {}: it was "
                                                 "cut off after it was accepted",
                                                 offset_ + got, *options_.file_bytes)};
  }
  account(into.first(got));
  return got;
}

void StoredBytes::account(std::span<const char> bytes) {
  const std::uint64_t left = options_.own.end > offset_ ? options_.own.end - offset_ : 0;
  const auto own = bytes.first(std::min<std::uint64_t>(bytes.size(), left));
  if (options_.digest != nullptr) {
    options_.digest->add(own);
  }
  if (options_.bytes_read != nullptr) {
    options_.bytes_read->fetch_add(own.size(), std::memory_order_relaxed);
  }
  offset_ += bytes.size();
}

}  // namespace weir
