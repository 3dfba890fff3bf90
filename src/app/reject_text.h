// SPDX-License-Identifier: Apache-2.0
// How a bad line is shown, and what may help.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/reject.h"

namespace weir {

// "day.txt:17: bad_amount: the amount is not digits: 12 abc"; without a line, its byte stands
// there.
std::string reject_line(std::string_view path, std::optional<std::uint64_t> line,
                        const Reject& reject);

// A setting that takes such lines; empty: only mending the file helps.
std::string_view remedy(RejectReason reason);

}  // namespace weir
