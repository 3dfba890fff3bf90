// SPDX-License-Identifier: Apache-2.0
// Lines from a socket: in pieces of any size they are what splitting the whole would give, up to
// the first that is too long. The first two bytes of the input are the limit and the size of the
// pieces.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "io/line_frames.h"

namespace {

using namespace weir;

struct Split {
  std::vector<std::string> lines;
  bool too_long = false;
};

Split split(std::string_view bytes, std::size_t line_bytes_max) {
  Split all;
  for (;;) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    if (end > line_bytes_max) {
      all.too_long = true;
      return all;
    }
    if (end == bytes.size()) {
      return all;
    }
    const bool carriage = end > 0 && bytes[end - 1] == '\r';
    all.lines.emplace_back(bytes.substr(0, end - (carriage ? 1 : 0)));
    bytes.remove_prefix(end + 1);
  }
}

}  // namespace

// fault 140 (fuzzed: the framing)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const std::size_t line_bytes_max = bytes[0];
  const std::size_t piece = std::size_t{1} + bytes[1];
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 2, size - 2);
  const Split expected = split(text, line_bytes_max);
  LineFrames frames(line_bytes_max);
  std::size_t seen = 0;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    frames.feed(text.substr(at, piece));
    while (const auto line = frames.next()) {
      CHECK(seen < expected.lines.size() && *line == expected.lines[seen]);
      ++seen;
    }
  }
  CHECK(seen == expected.lines.size() && frames.too_long() == expected.too_long);
  return 0;
}
