// SPDX-License-Identifier: Apache-2.0
// Names of tables and columns are settings, so they come from people: checked, then quoted. (Values
// never stand in a statement; they are bound.)
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir {

// Letters of any language, digits, `_`, `-` and spaces; 1 to 63 bytes; nothing that starts like a
// database's own names or ours. `setting` is what people call it: "store.table".
Result<void> check_identifier(std::string_view setting, std::string_view name);

// As standard SQL quotes it: "usage".
std::string quoted(std::string_view identifier);

}  // namespace weir
