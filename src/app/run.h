// SPDX-License-Identifier: Apache-2.0
// One command line, from its arguments (without the program's name) to its exit code.
#pragma once

#include <string>
#include <vector>

#include "app/system.h"

namespace weir {

int run(const std::vector<std::string>& arguments, System& system);

}  // namespace weir
