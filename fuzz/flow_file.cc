// SPDX-License-Identifier: Apache-2.0
// Flow files: whatever the bytes, they are refused with a place or taken; and what was taken is
// printed so that it would be taken again, to the same settings.
#include "app/flow_file.h"

#include <cstdint>

#include "app/settings.h"
#include "base/check.h"

namespace {

using namespace weir;

void take(FlowSettings& settings, const FlowEntry& entry) {
  const Setting* const setting = find_setting(entry.key);
  if (setting == nullptr || !assign(*setting, settings, entry.value).empty()) {
    return;
  }
  const std::string shown = shown_value(*setting, settings);
  const auto again = parse_flow_file("x = " + shown, "shown");
  CHECK(again && again->size() == 1);
  FlowSettings copy = settings;
  CHECK(assign(*setting, copy, again->front().value).empty());
  CHECK(shown_value(*setting, copy) == shown);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto entries = parse_flow_file(text, "fuzzed.toml");
  if (!entries) {
    CHECK(entries.error().message.starts_with("fuzzed.toml:"));
    return 0;
  }
  FlowSettings settings;
  for (const FlowEntry& entry : *entries) {
    CHECK(entry.line > 0 && entry.column > 0);
    take(settings, entry);
  }
  return 0;
}
