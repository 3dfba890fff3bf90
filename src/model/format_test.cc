// SPDX-License-Identifier: Apache-2.0
#include "model/format.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace weir {
namespace {

FormatOptions any_format() {
  return {.key = *rc::gen::element(KeyKind::integer, KeyKind::text),
          .separator = *rc::gen::element(Separator::space, Separator::blank),
          .negative = *rc::gen::arbitrary<bool>(),
          .record_bytes_max = *rc::gen::arbitrary<std::uint64_t>(),
          .inflated_bytes_max = *rc::gen::arbitrary<std::uint64_t>()};
}

TEST(Format, TextIsStable) {
  EXPECT_EQ(to_text({}), "pairs/1 key=integer separator=space negative=no record_max=1048576");
  EXPECT_EQ(to_text({.key = KeyKind::text,
                     .separator = Separator::blank,
                     .negative = true,
                     .record_bytes_max = 10,
                     .inflated_bytes_max = 20}),
            "pairs/1 key=text separator=blank negative=yes record_max=10 inflated_max=20");
}

TEST(Format, AnyFormatIsReadBackFromItsText) {
  EXPECT_TRUE(rc::check([] {
    const FormatOptions options = any_format();
    RC_ASSERT(format_from_text(to_text(options)) == options);
  }));
}

// fault 149 (a plan that cannot be honoured is not guessed at)
TEST(Format, WhatCannotBeHonouredIsRefused) {
  for (const char* text : {
           "",
           "pairs",
           "pairs/",
           "pairs/0 key=integer separator=space negative=no record_max=1",
           "pairs/2 key=integer separator=space negative=no record_max=1",
           "csv/1 key=integer separator=space negative=no record_max=1",
           "pairs/1",
           "pairs/1 key=integer separator=space negative=no",
           "pairs/1 key=float separator=space negative=no record_max=1",
           "pairs/1 key=integer separator=comma negative=no record_max=1",
           "pairs/1 key=integer separator=space negative=maybe record_max=1",
           "pairs/1 key=integer separator=space negative=no record_max=1x",
           "pairs/1 key=integer separator=space negative=no record_max=-1",
           "pairs/1 key=integer separator=space negative=no record_max=1 quotes=yes",
           "pairs/1 key=integer separator=space negative=no record_max=1 record_max=1",
           "pairs/1 key=integer separator=space negative=no record_max=1 inflated_max=",
           "pairs/1 key=integer separator=space negative=no record_max=1 ",
           "pairs/1  key=integer separator=space negative=no record_max=1",
           "pairs/1 key=integer separator=space negative=no record_max=99999999999999999999",
       }) {
    EXPECT_EQ(format_from_text(text), std::nullopt) << text;
  }
}

TEST(Format, NoTextBringsTheReaderDown) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    RC_ASSERT(format_from_text(text) == std::nullopt);
    RC_ASSERT(format_from_text("pairs/1 " + text) == std::nullopt);
  }));
}

TEST(Compression, EveryCompressionIsReadBackFromItsName) {
  for (const auto compression : {Compression::none, Compression::gzip, Compression::zstd,
                                 Compression::bzip2, Compression::xz}) {
    EXPECT_EQ(compression_from_name(name(compression)), compression);
  }
  EXPECT_EQ(name(Compression::bzip2), "bzip2");
  EXPECT_EQ(compression_from_name("lz4"), std::nullopt);
}

}  // namespace
}  // namespace weir
