// SPDX-License-Identifier: Apache-2.0
// Which vector instructions the hot loops use. What they compute never depends on it.
#pragma once

#include <optional>
#include <string_view>

namespace weir {

// Each needs what the ones before it need.
enum class Vectors {
  portable,  // none: any processor
  avx2,      // x86-64-v3: AVX2, BMI1, BMI2, and CLMUL
  avx512,    // F, BW, CD, DQ, VL, VBMI, VBMI2: Intel since 2019, AMD since 2022
};

// The widest that this machine runs.
Vectors vectors_of_machine();

std::string_view to_text(Vectors vectors);
std::optional<Vectors> vectors_named(std::string_view name);

}  // namespace weir
