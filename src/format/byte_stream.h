// SPDX-License-Identifier: Apache-2.0
// Bytes in order, read once: those stored in a file (format/stored_bytes.h), or what they inflate
// to (format/inflate.h). Lines are cut from it without knowing which (format/line_cutter.h).
#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"

namespace weir {

// One thread. After an error nothing more may be read.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Fills `into` from its front; fewer bytes, or none, only where the stream ends.
  virtual Result<std::size_t> read(std::span<char> into) = 0;
};

}  // namespace weir
