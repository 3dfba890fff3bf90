// SPDX-License-Identifier: Apache-2.0
// From what was typed behind `weir generate` to what it means.
#pragma once

#include "app/commands.h"
#include "base/result.h"
#include "flow/generate.h"

namespace weir {

// `invalid`: the message names the flag, what was typed, and what may be typed.
Result<GenerateOptions> generate_options(const GenerateCommand& command);

}  // namespace weir
