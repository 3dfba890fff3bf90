// SPDX-License-Identifier: Apache-2.0
// Bytes between margins that a parser may read and must not look at: digits, which would show.
#pragma once

#include <string>
#include <string_view>

#include "format/pairs.h"

namespace weir::testing {

class WithMargins {
 public:
  explicit WithMargins(std::string_view lines)
      : bytes_(margin() + std::string(lines) + margin()), size_(lines.size()) {
    bytes_.shrink_to_fit();  // so that a sanitizer sees what is read beyond
  }
  std::string_view lines() const { return {bytes_.data() + pairs_margin_bytes, size_}; }

 private:
  static std::string margin() { return std::string(pairs_margin_bytes, '7'); }

  std::string bytes_;
  std::size_t size_;
};

}  // namespace weir::testing
