// SPDX-License-Identifier: Apache-2.0
// The first bytes of a file, counted as if it were read: a file that looks wrong is better set
// aside than counted as a few good lines among thousands of rejects.
#include <algorithm>
#include <string>

#include "format/diagnosis.h"
#include "format/inflate.h"
#include "format/pairs.h"
#include "format/stored_bytes.h"
#include "format/tally.h"
#include "format/unit_reader.h"
#include "format/window.h"
#include "model/limits.h"

namespace weir {
namespace {

class NowhereSink final : public UsageSink {
 public:
  void add(std::span<const Usage> /*batch*/) override {}
  void add(std::span<const SmallUsage> /*batch*/) override {}
  void add(std::span<const TextUsage> /*batch*/) override {}
};

struct Head {
  Compression compression = Compression::none;
  std::string memory;    // between margins that only a parser may read
  std::size_t used = 0;  // so many bytes, inflated
  bool whole = false;    // they are all that there is
};

Result<Head> read_head(ReadFile& file, std::uint64_t file_bytes) {
  StoredBytes stored({.file = file, .own = {}, .file_bytes = file_bytes});
  TRY_ASSIGN(const std::string_view magic, stored.peek());
  Head head{.compression = compression_of(magic),
            .memory = std::string(limits::sniff_bytes + 2 * Window::margin_bytes, '\0')};
  const std::span<char> room(head.memory.data() + Window::margin_bytes, limits::sniff_bytes);
  if (head.compression == Compression::none) {
    TRY_ASSIGN(head.used, stored.read(room));
    head.whole = head.used == file_bytes;
    return head;
  }
  const auto inflated =
      open_inflater(stored, {.compression = head.compression, .block_bytes = limits::sniff_bytes});
  TRY_ASSIGN(head.used, inflated->read(room));
  head.whole = head.used < room.size();
  return head;
}

}  // namespace

Result<Sniffed> sniff(ReadFile& file, std::uint64_t file_bytes, const FormatOptions& format,
                      double reject_ratio_max) {
  TRY_ASSIGN(const Head head, read_head(file, file_bytes));
  const std::string_view bytes(head.memory.data() + Window::margin_bytes, head.used);
  const std::size_t whole_lines = bytes.rfind('\n') + 1;  // 0 where there is no newline
  NowhereSink nowhere;
  Tally tally({.rejects_kept = 0});
  tally.begin(format, nowhere);
  if (whole_lines > 0) {
    tally.whole_lines(bytes.substr(0, whole_lines), 0);
  }
  if (head.whole && whole_lines < bytes.size()) {
    tally.last_line(bytes.substr(whole_lines), whole_lines);
  }
  return Sniffed{.compression = head.compression,
                 .counts = tally.counts(),
                 .complaint = diagnose({.bytes = bytes,
                                        .whole = head.whole,
                                        .counts = tally.counts(),
                                        .reject_ratio_max = reject_ratio_max},
                                       format)};
}

}  // namespace weir
