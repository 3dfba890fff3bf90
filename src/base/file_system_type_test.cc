// SPDX-License-Identifier: Apache-2.0
#include "base/file_system_type.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(FileSystemTypes, WhatOtherMachinesShareIsNotLocal) {
  for (const std::int64_t magic :
       {0x6969L, 0x517bL, 0xff534d42L, 0xfe534d42L, 0x00c36400L, 0x01021997L, 0x65735546L,
        0x5346414fL, 0x0bd00bd0L, 0x01161970L, 0x7461636fL, 0x19830326L}) {
    EXPECT_FALSE(file_system_type(magic).local) << magic;
    EXPECT_FALSE(file_system_type(magic).type.empty()) << magic;
  }
  EXPECT_EQ(file_system_type(0x6969).type, "nfs");
  EXPECT_EQ(file_system_type(0x65735546).shown, "a FUSE file system");
}

TEST(FileSystemTypes, ASignExtendedNumberIsTheSame) {
  EXPECT_EQ(file_system_type(static_cast<std::int32_t>(0xfe534d42)).type, "cifs");
}

TEST(FileSystemTypes, DisksAreLocalAndSoIsWhatNobodyKnows) {
  EXPECT_EQ(file_system_type(0xef53).type, "ext4");
  EXPECT_TRUE(file_system_type(0xef53).local);
  EXPECT_TRUE(file_system_type(0x794c7630).local);
  EXPECT_TRUE(file_system_type(0x12345678).local);
  EXPECT_EQ(file_system_type(0x12345678).type, "");
}

}  // namespace
}  // namespace weir
