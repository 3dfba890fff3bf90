// SPDX-License-Identifier: Apache-2.0
// Questions about a file's bytes that need reading them.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "base/stop.h"
#include "model/unit.h"
#include "source/source.h"

namespace weir {

// SHA-256 of all bytes, 64 hexadecimal digits. `unavailable` when asked to stop.
Result<std::string> sha256_of(SourceFile& file, const Stop& stop);

// Σ of the digests (model/digest.h) of these ranges. The same for the ranges of the same bytes.
Result<UInt128> digest_of(SourceFile& file, std::span<const ByteRange> ranges, const Stop& stop);

}  // namespace weir
