// SPDX-License-Identifier: Apache-2.0
// Files that are set aside: why, and what a person may decide about them.
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/file.h"
#include "store/store.h"

namespace weir {

// The first words of a quarantine's reason.
namespace cause {
inline constexpr std::string_view looks_wrong = "looks wrong: ";
inline constexpr std::string_view corrupt = "corrupt: ";
inline constexpr std::string_view changed = "changed: ";
inline constexpr std::string_view unreadable = "unreadable: ";
inline constexpr std::string_view too_large = "too large: ";
inline constexpr std::string_view poison = "poison: ";
inline constexpr std::string_view retry = "retry: ";
}  // namespace cause

// Nothing of the file is in the totals, so it may be planned anew, also in another version.
bool nothing_counted(const FileRow& file);

// Offers a quarantined, dropped or revoked file again: by the next pass that sees it, in the
// version it has then where nothing was counted, else only if what was counted still stands in it.
// `invalid`: it is none of these.
Result<void> retry_file(Store& store, const FileRow& file);

// Never counts what is left of the file. What was counted of it stays. `invalid`: it is done.
Result<void> drop_file(Store& store, const FileRow& file);

}  // namespace weir
