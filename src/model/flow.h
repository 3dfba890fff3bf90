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
enum class CompleteRule { rename, marker, closed, settled };
enum class OnChange { quarantine, ignore, count_anew, replace };
enum class After { keep, move, archive, remove };
enum class Waiting { network, everywhere };  // where read_timeout holds
enum class Visibility { unit, file };        // of a file's sums: as it is read, or all at once

struct SourceSettings {
  std::vector<std::string> paths;  // files and folders; from `url` or the command line
  std::string id;                  // names this source; empty: identities are absolute paths
  std::string match = "*";         // shell pattern on the last part of the name
  IdentityRule identity = IdentityRule::path;
  OnChange on_change = OnChange::quarantine;
  Nanoseconds scan_every = 10'000'000'000;
  CompleteRule complete = CompleteRule::rename;
  Visibility visibility = Visibility::unit;
  Nanoseconds settle_for = 10'000'000'000;  // unchanged for so long: finished
  After after = After::keep;
  std::string to;       // folder that counted files are moved or archived to
  std::string copy_to;  // a second folder that archives are copied to; empty: none
  Nanoseconds keep_for = 3'600'000'000'000;   // after it was counted, before it is released
  Nanoseconds read_timeout = 60'000'000'000;  // of each call of the system; 0: none
  Waiting timeout_on = Waiting::network;
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
  // Of a file's first 64 KiB, and of the whole where it is counted in one piece; a file that has
  // more is set aside.
  double ratio_max = 0.5;
  std::uint64_t rejects_max = 0;  // of a whole file, the same; 0: no limit
};

struct StoreSettings {
  enum class Keep { totals, history };  // history: also what each file added to each consumer
  std::string url = "sqlite:weir.db";
  std::string table = "usage";
  std::string consumer_column = "consumer";
  std::string amount_column = "amount";
  Keep keep = Keep::totals;
  Nanoseconds timeout = 300'000'000'000;  // of a server: for its answer to one statement
  std::uint64_t copy_above = 10'000;      // rows; PostgreSQL takes more of them by COPY
};

// After so long the rows of history become hours, days, months; 0: never.
struct HistorySettings {
  Nanoseconds hours_after = 0;
  Nanoseconds days_after = 0;
  Nanoseconds months_after = 0;
};

struct NotifySettings {
  std::string socket;  // path of the socket on which producers tell of finished files; empty: none
};

// Several workers on one source.
struct PoolSettings {
  std::string lease;  // who works on what: "redis://host:6379", "store"; empty: there is no pool
  Nanoseconds lasts = 30'000'000'000;
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
  HistorySettings history;
  LogSettings log;
  PoolSettings pool;

  // A file is counted in one piece: what depends on the whole of it is known before any of it
  // shows.
  bool whole_file() const {
    return source.visibility == Visibility::file || rejects.rejects_max > 0;
  }
};

}  // namespace weir
