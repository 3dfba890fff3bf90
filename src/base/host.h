// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace weir {

// Whether a server of that name or address answers on this very machine, so that nobody can listen
// on the way: "localhost", 127.x.x.x, ::1. A name is not looked up.
bool is_this_machine(std::string_view host);

}  // namespace weir
