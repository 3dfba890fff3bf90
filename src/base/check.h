// SPDX-License-Identifier: Apache-2.0
// CHECK(condition): for our own bugs only. It is on in release builds and aborts; every state on
// disk is crash-safe, so that is safe.
#pragma once

namespace weir {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}  // namespace weir

#define CHECK(condition)                                    \
  do {                                                      \
    if (!(condition)) [[unlikely]] {                        \
      ::weir::check_failed(#condition, __FILE__, __LINE__); \
    }                                                       \
  } while (false)
