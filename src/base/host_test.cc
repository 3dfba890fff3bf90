// SPDX-License-Identifier: Apache-2.0
#include "base/host.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(Host, ThisMachineIsKnownByNameAndAddress) {
  for (const char* const host : {"localhost", "127.0.0.1", "127.8.0.3", "::1"}) {
    EXPECT_TRUE(is_this_machine(host)) << host;
  }
  for (const char* const host : {"", "db", "localhost.example.com", "127.0.0.1.example.com",
                                 "127.evil", "10.0.0.1", "::2", "fe80::1"}) {
    EXPECT_FALSE(is_this_machine(host)) << host;
  }
}

}  // namespace
}  // namespace weir
