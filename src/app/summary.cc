// SPDX-License-Identifier: Apache-2.0
#include "app/summary.h"

#include <fmt/format.h>

#include "app/progress.h"
#include "base/text.h"
#include "flow/events.h"

namespace weir {

std::string counted(std::uint64_t number, const std::string& noun) {
  return fmt::format("{} {}{}", grouped(number), noun, number == 1 ? "" : "s");
}

std::string numbers_text(const RunNumbers& numbers) {
  const double rate =
      numbers.seconds > 0 ? static_cast<double>(numbers.bytes) / numbers.seconds / 1e6 : 0;
  return fmt::format("{}, {}, {}, {} rejected, {}, {}, {:.0f} MB/s", counted(numbers.files, "file"),
                     bytes_text(numbers.bytes), counted(numbers.counts.lines(), "line"),
                     grouped(numbers.counts.rejected), counted(numbers.keys, "key"),
                     seconds_text(numbers.seconds), rate);
}

void write_numbers(JsonWriter& json, const RunNumbers& numbers) {
  json.field("bytes", numbers.bytes);
  json.field("lines", numbers.counts.lines());
  json.field("good", numbers.counts.good);
  json.field("rejected", numbers.counts.rejected);
  json.field("blank", numbers.counts.blank);
  json.field("keys", numbers.keys);
  json.key("seconds").fraction(numbers.seconds);
}

Note::Fields fields_of(const RunNumbers& numbers) {
  return {{field::files, std::to_string(numbers.files)},
          {field::bytes, std::to_string(numbers.bytes)},
          {field::lines, std::to_string(numbers.counts.lines())},
          {field::rejects, std::to_string(numbers.counts.rejected)},
          {field::keys, std::to_string(numbers.keys)},
          {field::seconds, fmt::format("{:.3f}", numbers.seconds)}};
}

}  // namespace weir
