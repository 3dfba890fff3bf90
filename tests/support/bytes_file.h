// SPDX-License-Identifier: Apache-2.0
// Bytes in memory as an open file.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "io/file_system.h"

namespace weir::testing {

class BytesFile final : public ReadFile {
 public:
  explicit BytesFile(std::string_view bytes) : bytes_(bytes) {}  // borrowed

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
    const std::size_t begin = std::min<std::uint64_t>(offset, bytes_.size());
    return bytes_.copy(into.data(), into.size(), begin);
  }
  Result<FileStatus> status() override { return FileStatus{.size = bytes_.size()}; }

 private:
  std::string_view bytes_;
};

}  // namespace weir::testing
