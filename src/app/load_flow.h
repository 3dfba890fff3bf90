// SPDX-License-Identifier: Apache-2.0
// The settings of one run: default, then flow file, then environment, then flags; each later one
// beats those before it. All errors of meaning are found at once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/system.h"
#include "base/result.h"
#include "model/flow.h"

namespace weir {

// What flags say of the flow.
struct FlowFlags {
  std::string file;              // -c
  std::vector<std::string> set;  // KEY=VALUE
  // Flags that stand for a key: as typed ("--into"), key and value, in the order given.
  struct Named {
    std::string flag;
    std::string key;
    std::string value;
  };
  std::vector<Named> named;
  std::vector<std::string> paths;  // beat source.url; empty: not given
};

// One thing that is wrong, and where: "usage.toml:12:8: fold.memory: …".
struct Complaint {
  std::string where;
  std::string text;
  bool typed = false;  // on the command line: a matter of usage, not of the flow file
};

struct LoadedFlow {
  FlowSettings settings;
  std::map<std::string, std::string, std::less<>> origins;  // by key; absent: default
  std::vector<Complaint> complaints;
};

// An error: the flow file could not be read, or is not TOML.
Result<LoadedFlow> load_flow(System& system, const FlowFlags& flags);

}  // namespace weir
