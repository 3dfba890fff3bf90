// SPDX-License-Identifier: Apache-2.0
// The stored bytes of a file from an offset on, in order; counted and digested on the way.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

#include "format/byte_stream.h"
#include "io/file_system.h"
#include "model/digest.h"
#include "model/unit.h"

namespace weir {

inline constexpr std::size_t stored_head_bytes = 16;  // enough to see a compression

class StoredBytes final : public ByteStream {
 public:
  struct Options {
    ReadFile& file;
    // Read from its begin on; what lies in it is digested and counted. What follows is not: it is
    // only read to finish a record.
    ByteRange own;
    // The pinned size: nothing is read beyond, and ending before it is `invalid`. Nothing: a pipe,
    // read to its end.
    std::optional<std::uint64_t> file_bytes;
    Digest* digest = nullptr;
    std::atomic<std::uint64_t>* bytes_read = nullptr;
  };
  explicit StoredBytes(const Options& options);

  // The next bytes, up to stored_head_bytes of them, without moving on. Before the first read.
  Result<std::string_view> peek();

  Result<std::size_t> read(std::span<char> into) override;

 private:
  Result<std::size_t> fetch(std::span<char> into);
  void account(std::span<const char> bytes);

  Options options_;
  std::uint64_t offset_;  // of the next byte to fetch
  std::array<char, stored_head_bytes> head_{};
  std::size_t head_end_ = 0;
  std::size_t head_taken_ = 0;
};

}  // namespace weir
