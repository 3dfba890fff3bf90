// SPDX-License-Identifier: Apache-2.0
#include "base/cpu.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(Vectors, AreKnownByTheirNames) {
  for (const Vectors vectors : {Vectors::portable, Vectors::avx2, Vectors::avx512}) {
    EXPECT_EQ(vectors_named(to_text(vectors)), vectors);
  }
  EXPECT_EQ(vectors_named("sse"), std::nullopt);
  EXPECT_EQ(vectors_named(""), std::nullopt);
}

}  // namespace
}  // namespace weir
