// SPDX-License-Identifier: Apache-2.0
#include "base/host.h"

#include <algorithm>

namespace weir {

bool is_this_machine(std::string_view host) {
  const auto may_stand_in_an_address = [](char byte) {
    return (byte >= '0' && byte <= '9') || byte == '.';
  };
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") &&
          std::all_of(host.begin(), host.end(), may_stand_in_an_address));
}

}  // namespace weir
