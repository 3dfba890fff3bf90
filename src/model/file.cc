// SPDX-License-Identifier: Apache-2.0
#include "model/file.h"

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

// FNV-1a.
std::uint64_t entry_mark_of(const FileRow& row) {
  std::uint64_t mark = 0xcbf29ce484222325;
  const auto mix = [&mark](std::uint64_t byte) { mark = (mark ^ byte) * 0x100000001b3; };
  for (const char byte : row.identity) {
    mix(static_cast<unsigned char>(byte));
  }
  for (unsigned shift = 0; shift < 64; shift += 8) {
    mix(static_cast<std::uint64_t>(row.accepted_at) >> shift & 0xff);
  }
  return std::max<std::uint64_t>(mark, 1);
}

}  // namespace weir
