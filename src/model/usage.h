// SPDX-License-Identifier: Apache-2.0
// Records of usage between parser and fold: they travel in batches, so that a virtual call costs
// nothing per record.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace weir {

struct Usage {
  std::uint64_t consumer = 0;  // 0 to 2^63-1
  std::int64_t amount = 0;
};

// Most records have numbers of up to eight digits: they travel in half the bytes.
struct SmallUsage {
  std::uint32_t consumer = 0;
  std::uint32_t amount = 0;
};

struct TextUsage {
  std::string_view consumer;  // 1 to 1,024 bytes, valid during the call only
  std::int64_t amount = 0;
};

// One thread at a time. Adding cannot fail: a sink that runs out of room or disk remembers it,
// and its owner asks between blocks.
class UsageSink {
 public:
  virtual ~UsageSink() = default;
  virtual void add(std::span<const Usage> batch) = 0;
  virtual void add(std::span<const SmallUsage> batch) = 0;
  virtual void add(std::span<const TextUsage> batch) = 0;
};

}  // namespace weir
