// SPDX-License-Identifier: Apache-2.0
// How much something that happened matters, from the least on.
#pragma once

namespace weir {

enum class Severity { info, warning, error };

}  // namespace weir
