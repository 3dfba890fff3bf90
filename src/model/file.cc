// SPDX-License-Identifier: Apache-2.0
#include "model/file.h"

#include <xxhash.h>

#include <algorithm>
#include <array>

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
  const auto hash = [](const std::string& bytes) {
    return XXH3_64bits(bytes.data(), bytes.size());
  };
  const FormatOptions& format = row.plan.format;
  const std::array<std::uint64_t, 13> words = {hash(row.identity),
                                               static_cast<std::uint64_t>(row.accepted_at),
                                               row.token.size,
                                               row.token.inode,
                                               static_cast<std::uint64_t>(row.token.modified),
                                               hash(row.token.tag),
                                               row.plan.unit_bytes,
                                               static_cast<std::uint64_t>(row.plan.compression),
                                               static_cast<std::uint64_t>(format.key),
                                               static_cast<std::uint64_t>(format.separator),
                                               static_cast<std::uint64_t>(format.negative),
                                               format.record_bytes_max,
                                               format.inflated_bytes_max};
  return std::max<std::uint64_t>(XXH3_64bits(words.data(), sizeof words), 1);
}

}  // namespace weir
