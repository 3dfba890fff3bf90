// SPDX-License-Identifier: Apache-2.0
#include "base/cpu.h"

#include <array>
#include <utility>

namespace weir {
namespace {

constexpr std::array names = {std::pair(Vectors::portable, std::string_view("portable")),
                              std::pair(Vectors::avx2, std::string_view("avx2")),
                              std::pair(Vectors::avx512, std::string_view("avx512"))};

#if defined(__x86_64__)
bool has_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
         __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul");
}

bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
         __builtin_cpu_supports("avx512vbmi2");
}
#else
bool has_avx2() {
  return false;
}

bool has_avx512() {
  return false;
}
#endif

}  // namespace

Vectors vectors_of_machine() {
  if (!has_avx2()) {
    return Vectors::portable;
  }
  return has_avx512() ? Vectors::avx512 : Vectors::avx2;
}

std::string_view to_text(Vectors vectors) {
  for (const auto& [known, name] : names) {
    if (known == vectors) {
      return name;
    }
  }
  return "";
}

std::optional<Vectors> vectors_named(std::string_view name) {
  for (const auto& [vectors, known] : names) {
    if (known == name) {
      return vectors;
    }
  }
  return std::nullopt;
}

}  // namespace weir
