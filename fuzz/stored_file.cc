// SPDX-License-Identifier: Apache-2.0
// Stored bytes of any kind, most of them pretending to be compressed: they are read to their end or
// refused, in bounded memory, and the same in blocks of any size. The first byte of the input is
// the size of the blocks, the rest is the file.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "format/unit_reader.h"
#include "support/bytes_file.h"
#include "support/kept_records.h"

namespace {

using namespace weir;

struct Reading {
  bool good = false;
  UnitOutcome outcome;
  testing::KeptRecords sink;
};

Reading read_in_blocks(std::string_view file, const Plan& plan, std::size_t block_bytes) {
  testing::BytesFile stored(file);
  UnitReader reader({.block_bytes = block_bytes});
  const UnitTask task{.range = {0, file.size()}, .file_bytes = file.size(), .plan = plan};
  Reading reading;
  auto outcome = reader.read(stored, task, reading.sink);
  if (outcome) {
    reading.good = true;
    reading.outcome = *std::move(outcome);
  } else {
    CHECK(outcome.error().kind == ErrorKind::invalid);
  }
  return reading;
}

}  // namespace

// faults 132, 133 (fuzzed)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const std::string_view file(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  testing::BytesFile stored(file);
  Plan plan{.unit_bytes = file.size()};
  plan.format.inflated_bytes_max = 1 << 20;  // an input of some KiB may be gigabytes
  const auto sniffed = sniff(stored, file.size(), plan.format, 1.0);
  if (!sniffed) {
    return 0;
  }
  plan.compression = sniffed->compression;
  const Reading small = read_in_blocks(file, plan, std::size_t{1} + bytes[0]);
  const Reading large = read_in_blocks(file, plan, 64 << 10);
  CHECK(small.good == large.good);
  if (small.good) {
    CHECK(small.outcome.counts == large.outcome.counts && small.outcome.sum == large.outcome.sum);
    CHECK(small.outcome.rejects == large.outcome.rejects);
    CHECK(small.sink.records == large.sink.records);
  }
  return 0;
}
