// SPDX-License-Identifier: Apache-2.0
// Keeps secrets out of everything that is shown: messages, settings, error texts.
#pragma once

#include <string>
#include <string_view>

namespace weir {

// Whatever looks like a password becomes ***: what stands between `scheme://user:` and `@`, and
// what follows `password=`, `passwd=`, `pwd=`, `secret=`, `token=`, `access_key=` and
// `secret_key=`.
std::string redacted(std::string_view text);

// Whether a URL carries one: anyone who may read the command line or the file would read it.
bool has_password(std::string_view url);

}  // namespace weir
