// SPDX-License-Identifier: Apache-2.0
// Compressing what is written: generated files, and archives.
#pragma once

#include <memory>
#include <span>

#include "base/result.h"
#include "model/format.h"

namespace weir {

// Compresses a stream. One thread.
class Packer {
 public:
  virtual ~Packer() = default;
  // The next stored bytes, which may be none; they live until the next call.
  virtual Result<std::span<const char>> pack(std::span<const char> bytes) = 0;
  virtual Result<std::span<const char>> finish() = 0;  // the last ones; once
};

// none, gzip or zstd; others are `invalid`.
Result<std::unique_ptr<Packer>> open_packer(Compression compression);

}  // namespace weir
