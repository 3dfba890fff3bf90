// SPDX-License-Identifier: Apache-2.0
// "Did you mean …?"
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace weir {

// The candidate nearest to what was typed; empty where none is near (more than a third differs).
std::string nearest(std::string_view typed, std::span<const std::string> candidates);

}  // namespace weir
