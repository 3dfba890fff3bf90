// SPDX-License-Identifier: Apache-2.0
#include "app/version.h"

namespace weir {

std::string_view version() {
  return WEIR_VERSION;
}

}  // namespace weir
