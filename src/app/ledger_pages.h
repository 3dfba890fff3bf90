// SPDX-License-Identifier: Apache-2.0
// Walking through the files of a ledger page by page, and finding one as people name it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/system.h"
#include "base/result.h"
#include "store/store.h"

namespace weir {

// Every file in one of the states (none: in any), ascending by number. Stops at the first error.
Result<void> each_file(Store& store, const std::vector<FileState>& states,
                       const std::function<Result<void>(const FileRow&)>& visit);

// By its number, by a path that leads to it, or by its path as the ledger shows it. `invalid` with
// ENOENT: no file of this flow is known by that name.
Result<FileRow> find_file(System& system, Store& store, const std::string& name);

// Where the file lies now, as far as its identity tells; nothing: its source must be asked.
std::optional<std::string> absolute_path(const FileRow& row);

}  // namespace weir
