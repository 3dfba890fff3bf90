// SPDX-License-Identifier: Apache-2.0
// A sink that keeps every record, in order.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/int128.h"
#include "model/usage.h"

namespace weir::testing {

class KeptRecords final : public UsageSink {
 public:
  void add(std::span<const Usage> batch) override {
    batches += 1;
    for (const Usage& usage : batch) {
      records.emplace_back(to_text(Int128{usage.consumer}), usage.amount);
    }
  }
  void add(std::span<const SmallUsage> batch) override {
    batches += 1;
    for (const SmallUsage& usage : batch) {
      records.emplace_back(to_text(Int128{usage.consumer}), usage.amount);
    }
  }
  void add(std::span<const TextUsage> batch) override {
    batches += 1;
    for (const TextUsage& usage : batch) {
      records.emplace_back(usage.consumer, usage.amount);
    }
  }

  std::vector<std::pair<std::string, Int128>> records;  // key and amount
  std::size_t batches = 0;
};

}  // namespace weir::testing
