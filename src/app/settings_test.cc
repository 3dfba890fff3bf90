// SPDX-License-Identifier: Apache-2.0
#include "app/settings.h"

#include <gtest/gtest.h>

#include <set>

namespace weir {
namespace {

std::string set(FlowSettings& settings, std::string_view key, const std::string& text,
                Written written = Written::anyhow) {
  const Setting* const setting = find_setting(key);
  EXPECT_NE(setting, nullptr) << key;
  return assign(*setting, settings, {.written = written, .texts = {text}});
}

TEST(Settings, EveryDefaultIsAllowedAndMeansItself) {
  std::set<std::string_view> keys;
  for (const Setting& setting : all_settings()) {
    EXPECT_TRUE(keys.insert(setting.key).second) << setting.key;
    EXPECT_FALSE(setting.help.empty()) << setting.key;
    const std::string shown = default_value(setting);
    if (shown == "[]") {
      continue;  // no source: there is nothing to assign
    }
    const bool quoted = shown.starts_with('"');
    const std::string text = quoted ? shown.substr(1, shown.size() - 2) : shown;
    FlowSettings settings;
    EXPECT_EQ(set(settings, setting.key, text), "") << setting.key;
    EXPECT_EQ(shown_value(setting, settings), shown) << setting.key;
  }
}

TEST(Settings, ReachTheFieldsTheyName) {
  FlowSettings settings;
  EXPECT_EQ(set(settings, "fold.memory", "64KiB"), "");
  EXPECT_EQ(set(settings, "fold.batch_age", "250ms"), "");
  EXPECT_EQ(set(settings, "jobs", "3"), "");
  EXPECT_EQ(set(settings, "format.key", "text"), "");
  EXPECT_EQ(set(settings, "format.negative", "true"), "");
  EXPECT_EQ(set(settings, "source.identity", "content"), "");
  EXPECT_EQ(set(settings, "rejects.max_ratio", "0.25"), "");
  EXPECT_EQ(settings.fold.memory_bytes, 65536U);
  EXPECT_EQ(settings.fold.batch_age, 250'000'000);
  EXPECT_EQ(settings.jobs, 3);
  EXPECT_EQ(settings.format.key, KeyKind::text);
  EXPECT_TRUE(settings.format.negative);
  EXPECT_EQ(settings.source.identity, IdentityRule::content);
  EXPECT_EQ(settings.rejects.ratio_max, 0.25);
}

// fault 142
TEST(Settings, ThatAreOutOfRangeAreRefusedAtBothEnds) {
  for (const Setting& setting : all_settings()) {
    if (setting.type != SettingType::bytes && setting.type != SettingType::count) {
      continue;
    }
    FlowSettings settings;
    EXPECT_EQ(set(settings, setting.key, std::to_string(setting.least)), "") << setting.key;
    EXPECT_EQ(set(settings, setting.key, std::to_string(setting.most)), "") << setting.key;
    EXPECT_NE(set(settings, setting.key, std::to_string(setting.most + 1)), "") << setting.key;
    if (setting.least > 0) {
      EXPECT_NE(set(settings, setting.key, std::to_string(setting.least - 1)), "") << setting.key;
    }
  }
}

// fault 142
TEST(Settings, OfAWrongKindAreRefusedAndChangeNothing) {
  FlowSettings settings;
  EXPECT_NE(set(settings, "fold.memory", "true", Written::truth), "");
  EXPECT_NE(set(settings, "fold.entries", "5", Written::text), "");
  EXPECT_NE(set(settings, "format.negative", "yes"), "");
  EXPECT_NE(set(settings, "format.separator", "1", Written::whole), "");
  EXPECT_NE(set(settings, "rejects.max_ratio", "nan"), "");
  EXPECT_NE(set(settings, "rejects.max_ratio", "1.5"), "");
  EXPECT_NE(set(settings, "fold.batch_age", "5"), "");
  EXPECT_NE(set(settings, "fold.entries", "-1"), "");
  EXPECT_NE(set(settings, "fold.entries", "99999999999999999999999"), "");
  EXPECT_NE(set(settings, "source.after", "burn"), "");
  for (const Setting& setting : all_settings()) {
    EXPECT_EQ(shown_value(setting, settings), default_value(setting)) << setting.key;
  }
}

// fault 137
TEST(Settings, NamesOfTablesAndColumnsAreNamesOnly) {
  FlowSettings settings;
  for (const std::string wrong :
       {"", "a b", "a;b", "a\"b", "1a", "ä", "a.b", "a'b", std::string(64, 'a').c_str()}) {
    EXPECT_NE(set(settings, "store.table", wrong), "") << wrong;
    EXPECT_NE(set(settings, "store.consumer", wrong), "") << wrong;
    EXPECT_NE(set(settings, "store.amount", wrong), "") << wrong;
  }
  EXPECT_EQ(set(settings, "store.table", "usage_2026"), "");
}

TEST(Settings, AreNamedInTheEnvironmentAfterTheirKeys) {
  EXPECT_EQ(environment_name("jobs"), "WEIR__JOBS");
  EXPECT_EQ(environment_name("fold.batch_keys"), "WEIR__FOLD__BATCH_KEYS");
}

TEST(Settings, OfLaterVersionsAreKnownAsSuch) {
  EXPECT_EQ(purpose_of_later_key("queue.url"), "publishing through a broker");
  EXPECT_EQ(purpose_of_later_key("poolish"), "");
  EXPECT_EQ(purpose_of_later_key("fold.memory"), "");
}

}  // namespace
}  // namespace weir
