// SPDX-License-Identifier: Apache-2.0
// Which settings a running service may change.
#pragma once

#include <string>
#include <vector>

#include "model/flow.h"

namespace weir {

struct ReloadedSettings {
  FlowSettings settings;                  // the old ones, with what may change
  std::vector<std::string> need_restart;  // keys that changed, and may not
};

// What names the flow, its source, its lines or its store stays: files are known by these.
ReloadedSettings reload_settings(const FlowSettings& running, const FlowSettings& wished);

}  // namespace weir
