// SPDX-License-Identifier: Apache-2.0
// Cursors over key ranges that follow each other, as one.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "model/partial.h"

namespace weir {

// Opens one part at a time, when it is its turn; again after a rewind.
struct Chain {
  KeyKind kind = KeyKind::integer;
  std::size_t parts = 0;
  std::uint64_t keys = 0;  // of all parts, an upper bound
  std::function<std::unique_ptr<SumCursor>(std::size_t part)> open;
};
std::unique_ptr<SumCursor> chained(Chain chain);

}  // namespace weir
