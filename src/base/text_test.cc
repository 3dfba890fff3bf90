// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

namespace weir {
namespace {

TEST(Escaped, PrintableTextOfAnyLanguageStays) {
  EXPECT_EQ(escaped("plain é 漢 😀 \"'$`"), "plain é 漢 😀 \"'$`");
  EXPECT_EQ(escaped(""), "");
}

// faults 40, 138 (escaping)
TEST(Escaped, WhatCouldSteerATerminalOrForgeALogLineIsShownAsBytes) {
  EXPECT_EQ(escaped("a\nb\tc\\d"), "a\\nb\\tc\\\\d");
  EXPECT_EQ(escaped("\r\x1b[2J\x7f"), "\\x0d\\x1b[2J\\x7f");
  EXPECT_EQ(escaped(std::string_view("\0x", 2)), "\\x00x");
  EXPECT_EQ(escaped("\u0085"), "\\xc2\\x85");                     // a C1 control
  EXPECT_EQ(escaped("\u202Etxt.exe"), "\\xe2\\x80\\xaetxt.exe");  // right to left override
  EXPECT_EQ(escaped("\u2066\u061C"), "\\xe2\\x81\\xa6\\xd8\\x9c");
  EXPECT_EQ(escaped("\u2028"), "\\xe2\\x80\\xa8");  // a line separator
}

// fault 40 (escaping)
TEST(Escaped, BytesThatAreNotUtf8AreShownAsBytes) {
  EXPECT_EQ(escaped("a\xff\xfe"), "a\\xff\\xfe");
  EXPECT_EQ(escaped("\xc3"), "\\xc3");                             // cut short
  EXPECT_EQ(escaped("\xc0\xaf"), "\\xc0\\xaf");                    // overlong
  EXPECT_EQ(escaped("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
  EXPECT_EQ(escaped("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // above U+10FFFF
}

TEST(Escaped, LongTextIsCutAtACharacterAndSaysSo) {
  EXPECT_EQ(escaped("0123456789", 10), "0123456789");
  EXPECT_EQ(escaped("0123456789a", 10), "0123456…");
  EXPECT_EQ(escaped("漢漢漢漢", 10), "漢漢…");
  EXPECT_EQ(escaped("\n\n\n\n\n\n", 10), "\\n\\n\\n…");
  EXPECT_EQ(escaped("0123\xff\xff", 10), "0123…");
}

TEST(Escaped, AnyBytesGiveUtf8WithoutControlsWithinTheBound) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    const auto bound = *rc::gen::inRange<std::size_t>(3, 40);
    const std::string text = escaped(bytes, bound);
    RC_ASSERT(is_utf8(text));
    RC_ASSERT(text.size() <= bound);
    RC_ASSERT(std::none_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; }));
  }));
}

TEST(Escaped, DifferentBytesAreShownDifferently) {
  EXPECT_TRUE(rc::check([](const std::string& a, const std::string& b) {
    RC_ASSERT((escaped(a) == escaped(b)) == (a == b));
  }));
}

TEST(Utf8, TheEdgesOfTheStandardHold) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff"));
  EXPECT_FALSE(is_utf8("\x80"));
  EXPECT_FALSE(is_utf8("\xc1\xbf"));
  EXPECT_FALSE(is_utf8("\xe0\x9f\xbf"));
  EXPECT_FALSE(is_utf8("\xf0\x8f\xbf\xbf"));
  EXPECT_FALSE(is_utf8("\xf5\x80\x80\x80"));
  EXPECT_FALSE(is_utf8("ok\xe2\x82"));
}

TEST(Bytes, SettingsAreReadWithTheirUnits) {
  EXPECT_EQ(bytes_from_text("100"), 100u);
  EXPECT_EQ(bytes_from_text("64MiB"), 64u << 20);
  EXPECT_EQ(bytes_from_text("448 MiB"), 448u << 20);
  EXPECT_EQ(bytes_from_text("1GB"), 1'000'000'000u);
  EXPECT_EQ(bytes_from_text("512KiB"), 512u << 10);
  EXPECT_EQ(bytes_from_text("18446744073709551615"), UINT64_MAX);
}

TEST(Bytes, WhatIsNoSizeIsRefused) {
  for (const char* text : {"", "MiB", "-1", "+1", " 1", "1 ", "1  MiB", "1.5GiB", "1mib", "1 GiBs",
                           "18446744073709551616", "16777216TiB"}) {
    EXPECT_EQ(bytes_from_text(text), std::nullopt) << text;
  }
}

TEST(Bytes, ASettingReadsBackAsItself) {
  EXPECT_EQ(bytes_setting(64u << 20), "64MiB");
  EXPECT_EQ(bytes_setting(100), "100");
  EXPECT_EQ(bytes_setting(0), "0");
  EXPECT_EQ(bytes_setting(1536u << 10), "1536KiB");
  EXPECT_TRUE(rc::check(
      [](std::uint64_t bytes) { RC_ASSERT(bytes_from_text(bytes_setting(bytes)) == bytes); }));
}

TEST(Bytes, SizesForPeopleHaveOneDecimal) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(1023), "1023 B");
  EXPECT_EQ(bytes_text(1024), "1.0 KiB");
  EXPECT_EQ(bytes_text(64u << 20), "64.0 MiB");
  EXPECT_EQ(bytes_text((1u << 20) - 1), "1.0 MiB");
  EXPECT_EQ(bytes_text(UINT64_MAX), "16.0 EiB");
}

TEST(Duration, SettingsAreReadWithTheirUnits) {
  EXPECT_EQ(duration_from_text("250ms"), 250'000'000);
  EXPECT_EQ(duration_from_text("10s"), 10'000'000'000);
  EXPECT_EQ(duration_from_text("5m"), 300'000'000'000);
  EXPECT_EQ(duration_from_text("1h"), 3'600'000'000'000);
  EXPECT_EQ(duration_from_text("0s"), 0);
}

TEST(Duration, WhatIsNoDurationIsRefused) {
  for (const char* text : {"", "s", "10", "-1s", "1.5s", "10sec", "9223372036855s", "107000d"}) {
    EXPECT_EQ(duration_from_text(text), std::nullopt) << text;
  }
}

TEST(Duration, ASettingReadsBackAsItself) {
  EXPECT_EQ(duration_setting(10'000'000'000), "10s");
  EXPECT_EQ(duration_setting(250'000'000), "250ms");
  EXPECT_EQ(duration_setting(90'000'000'000), "90s");
  EXPECT_EQ(duration_setting(0), "0s");
  EXPECT_TRUE(rc::check([] {
    const auto duration = *rc::gen::inRange<Nanoseconds>(0, INT64_MAX);
    RC_ASSERT(duration_from_text(duration_setting(duration)) == duration);
  }));
}

TEST(Grouped, DigitsStandInThrees) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1 000");
  EXPECT_EQ(grouped(12'345'678), "12 345 678");
  EXPECT_EQ(grouped(UINT64_MAX), "18 446 744 073 709 551 615");
}

}  // namespace
}  // namespace weir
