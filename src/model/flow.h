// SPDX-License-Identifier: Apache-2.0
// The settings of a flow, ready to use. Read from a flow file, the environment and flags by app;
// docs/flow-file.md lists every key.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/cpu.h"
#include "model/format.h"
#include "model/severity.h"

namespace weir {

enum class IdentityRule { path, path_version, content };
enum class OnChange { quarantine };

struct SourceSettings {
  std::vector<std::string> paths;  // files and folders; from `url` or the command line
  std::string id;                  // names this source; empty: identities are absolute paths
  std::string match = "*";         // shell pattern on the last part of the name
  IdentityRule identity = IdentityRule::path;
  OnChange on_change = OnChange::quarantine;
};

struct FoldSettings {
  std::uint64_t memory_bytes = 448ULL << 20;
  std::uint64_t entries_max = 0;  // keys at a time; 0: memory decides
  std::uint64_t unit_bytes = 64ULL << 20;
  std::uint64_t batch_keys = 64'000'000;  // a batch closes when it has about so many
  Nanoseconds batch_age = 5'000'000'000;  // or is so old
  std::string spill_folder;               // empty: beside the store
};

struct RejectSettings {
  std::uint64_t kept_per_unit = 1000;
  double sniff_ratio_max = 0.5;  // of a file's first 64 KiB; a file that looks worse is set aside
};

struct StoreSettings {
  std::string url = "sqlite:weir.db";
  std::string table = "usage";
  std::string consumer_column = "consumer";
  std::string amount_column = "amount";
};

struct NotifySettings {
  std::string socket;  // path of the socket on which producers tell of finished files; empty: none
};

enum class LogFormat { text, json };

struct LogSettings {
  LogFormat format = LogFormat::text;
  Severity level = Severity::info;  // what matters less is not told
};

struct FlowSettings {
  std::string name = "usage";              // files are known within their flow
  int jobs = 0;                            // 0: one a core
  Vectors vectors = vectors_of_machine();  // a test of it; the answer never changes
  SourceSettings source;
  FormatOptions format;
  FoldSettings fold;
  RejectSettings rejects;
  NotifySettings notify;
  StoreSettings store;
  LogSettings log;
};

}  // namespace weir
