// SPDX-License-Identifier: Apache-2.0
// Compressed files that were torn: cut short, or with some bytes changed. A cut one is refused, a
// changed one is refused or inflates to the same (a header holds a time that nobody needs). The
// first five bytes of the input choose the compression, the tear and the blocks; the rest is what
// was compressed.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "format/inflate.h"
#include "format/stored_bytes.h"
#include "support/bytes_file.h"
#include "support/compressed.h"

namespace {

using namespace weir;

constexpr std::size_t choices = 5;

Result<std::string> inflated(std::string_view bytes, std::size_t block_bytes, CodecChoice choice) {
  testing::BytesFile file(bytes);
  StoredBytes stored({.file = file, .own = {}, .file_bytes = bytes.size()});
  const auto stream = open_inflater(stored, block_bytes, std::move(choice));
  std::string all;
  std::string room(97 + block_bytes, '\0');
  while (true) {
    TRY_ASSIGN(const std::size_t got, stream->read(room));
    if (got == 0) {
      return all;
    }
    all += room.substr(0, got);
  }
}

struct Kind {
  Compression compression;
  std::unique_ptr<Codec> (*codec)();
};

constexpr Kind kinds[] = {{Compression::gzip, gzip_codec},
                          {Compression::gzip, zlib_gzip_codec},
                          {Compression::zstd, zstd_codec},
                          {Compression::bzip2, bzip2_codec},
                          {Compression::xz, xz_codec}};

}  // namespace

// fault 132 (fuzzed: truncated and changed streams)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < choices) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes) + choices, size - choices);
  const Kind& kind = kinds[bytes[0] % std::size(kinds)];
  const std::string whole = testing::compressed(text, kind.compression);
  const std::size_t block_bytes = std::size_t{1} + bytes[1];
  const auto read = [&](std::string_view stored) {
    return inflated(stored, block_bytes, {kind.codec(), "test"});
  };
  const auto same = read(whole);
  CHECK(same && *same == text);

  const std::size_t at = (bytes[2] + 256U * bytes[3]) % whole.size();
  const auto cut = read(std::string_view(whole).substr(0, at));
  CHECK(!cut && cut.error().kind == ErrorKind::invalid);

  std::string wrong = whole;
  wrong[at] = static_cast<char>(wrong[at] ^ bytes[4]);
  const auto changed = read(wrong);
  CHECK(changed ? *changed == text : changed.error().kind == ErrorKind::invalid);

  const auto followed = read(whole + static_cast<char>(bytes[4]));
  const bool zero_behind_gzip = bytes[4] == 0 && kind.compression == Compression::gzip;
  CHECK(static_cast<bool>(followed) == zero_behind_gzip);
  return 0;
}
