// SPDX-License-Identifier: Apache-2.0
#include "app/reload.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "app/settings.h"

namespace weir {
namespace {

// Keys, and sections with their point, that hold until the end.
constexpr std::array<std::string_view, 11> fixed = {"name",
                                                    "source.url",
                                                    "source.id",
                                                    "source.read_timeout",
                                                    "source.timeout_on",
                                                    "source.match",
                                                    "source.identity",
                                                    "fold.spill",
                                                    "format.",
                                                    "store.",
                                                    "notify."};

bool is_fixed(std::string_view key) {
  return std::any_of(fixed.begin(), fixed.end(), [key](std::string_view name) {
    return name.ends_with('.') ? key.starts_with(name) : key == name;
  });
}

}  // namespace

ReloadedSettings reload_settings(const FlowSettings& running, const FlowSettings& wished) {
  ReloadedSettings reloaded{.settings = wished, .need_restart = {}};
  for (const Setting& setting : all_settings()) {
    if (is_fixed(setting.key) && shown_value(setting, running) != shown_value(setting, wished)) {
      reloaded.need_restart.emplace_back(setting.key);
    }
  }
  reloaded.settings.name = running.name;
  reloaded.settings.format = running.format;
  reloaded.settings.store = running.store;
  reloaded.settings.notify = running.notify;
  reloaded.settings.fold.spill_folder = running.fold.spill_folder;
  reloaded.settings.source.paths = running.source.paths;
  reloaded.settings.source.id = running.source.id;
  reloaded.settings.source.match = running.source.match;
  reloaded.settings.source.identity = running.source.identity;
  reloaded.settings.source.read_timeout = running.source.read_timeout;
  reloaded.settings.source.timeout_on = running.source.timeout_on;
  return reloaded;
}

}  // namespace weir
