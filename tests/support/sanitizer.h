// SPDX-License-Identifier: Apache-2.0
// Whether the tests run under a sanitizer: they look at fewer cases there, because it is after
// other faults, at a tenth of the speed.
#pragma once

namespace weir::testing {

#if defined(__SANITIZE_ADDRESS__)  // g++
inline constexpr bool sanitized = true;
#elif defined(__has_feature)  // clang
inline constexpr bool sanitized = __has_feature(address_sanitizer);
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace weir::testing
