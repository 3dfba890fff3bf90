// SPDX-License-Identifier: Apache-2.0
#include "fold/text_key.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cctype>
#include <memory>
#include <string>

#include "support/text_keys.h"

namespace weir {
namespace {

// From memory that ends with it, so that a sanitizer sees a look beyond.
TextKey key_of(const std::string& text) {
  const auto copy = std::make_unique<char[]>(text.size());
  std::copy(text.begin(), text.end(), copy.get());
  return text_key({copy.get(), text.size()});
}

std::string back(const TextKey& key) {
  TextRoom room;
  return std::string(text_of(key, room));
}

bool is_uuid(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool digit = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (dash ? text[i] != '-' : !digit) {
      return false;
    }
  }
  return text.size() == uuid_bytes;
}

TEST(TextKey, WhatFitsIntoItsWordsComesBackFromThem) {
  for (std::size_t bytes = 1; bytes <= 40; ++bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes; ++i) {
      text += static_cast<char>('A' + i);
    }
    const TextKey key = key_of(text);
    EXPECT_EQ(key.kind(), bytes <= text_kind::longest ? bytes : text_kind::elsewhere);
    if (bytes <= text_kind::longest) {
      EXPECT_EQ(back(key), text);
    }
  }
}

TEST(TextKey, ExactlyUuidsInLowerCaseAreNumbers) {
  EXPECT_TRUE(rc::check([] {
    const auto text = *rc::gen::oneOf(testing::uuid_key_text(), testing::nearly_uuid());
    const TextKey key = key_of(text);
    RC_ASSERT((key.kind() == text_kind::uuid) == is_uuid(text));
    RC_ASSERT((key.kind() == text_kind::elsewhere) == !is_uuid(text));
    RC_ASSERT(key.kind() == text_kind::elsewhere || back(key) == text);
  }));
}

// Every byte at every place.
TEST(TextKey, NoOtherByteIsTakenForADigitOrADash) {
  const std::string uuid = testing::uuid_text(0x0123456789abcdef, 0xfedcba9876543210);
  EXPECT_EQ(key_of(uuid), (TextKey{0x0123456789abcdef, 0xfedcba9876543210, text_kind::uuid}));
  for (std::size_t place = 0; place < uuid.size(); ++place) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = uuid;
      text[place] = static_cast<char>(byte);
      const TextKey key = key_of(text);
      ASSERT_EQ(key.kind() == text_kind::uuid, is_uuid(text)) << place << ' ' << byte;
      ASSERT_TRUE(key.kind() != text_kind::uuid || back(key) == text) << place << ' ' << byte;
    }
  }
}

TEST(TextKey, KeysOfOneFormCompareAsTheirTextsDo) {
  EXPECT_TRUE(rc::check([] {
    const bool uuids = *rc::gen::arbitrary<bool>();
    const auto gen = uuids ? testing::uuid_key_text() : testing::tricky_text(23);
    const auto a = *gen;
    const auto b = *gen;
    RC_ASSERT((key_of(a) < key_of(b)) == (a < b));
    RC_ASSERT((key_of(a) == key_of(b)) == (a == b));
  }));
}

}  // namespace
}  // namespace weir
