// SPDX-License-Identifier: Apache-2.0
#include "model/file.h"

#include <xxhash.h>

#include <algorithm>

#include "base/check.h"

namespace weir {

std::string_view name(FileState state) {
  switch (state) {
    case FileState::pending:
      return "pending";
    case FileState::done:
      return "done";
    case FileState::quarantined:
      return "quarantined";
    case FileState::dropped:
      return "dropped";
    case FileState::revoked:
      return "revoked";
  }
  CHECK(false);
}

std::string_view name(ReleaseState state) {
  switch (state) {
    case ReleaseState::kept:
      return "kept";
    case ReleaseState::releasing:
      return "releasing";
    case ReleaseState::released:
      return "released";
  }
  CHECK(false);
}

std::uint64_t entry_mark_of(const FileRow& row) {
  const auto seed = static_cast<std::uint64_t>(row.accepted_at);
  const std::uint64_t mark = XXH3_64bits_withSeed(row.identity.data(), row.identity.size(), seed);
  return std::max<std::uint64_t>(mark, 1);
}

}  // namespace weir
