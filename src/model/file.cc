// SPDX-License-Identifier: Apache-2.0
#include "model/file.h"

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

}  // namespace weir
