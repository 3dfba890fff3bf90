// SPDX-License-Identifier: Apache-2.0
// gzip, differentially: whatever zlib takes, the codec that weir uses takes, too, and both give the
// same bytes. The first byte of the input is the size of the blocks, the rest are deflate blocks; a
// header and the right trailer are put around them, which no mutation would ever find.
#include <zlib.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "format/inflate.h"
#include "format/stored_bytes.h"
#include "support/bytes_file.h"

namespace {

using namespace weir;

constexpr std::size_t inflated_bytes_max = 100'000;  // three windows and a bit

std::string four_bytes(std::uint32_t number) {
  std::string bytes;
  for (int shift = 0; shift < 32; shift += 8) {
    bytes += static_cast<char>(number >> shift & 0xff);
  }
  return bytes;
}

// As far as zlib reads the blocks; all of them, with a trailer of zeros, where it refuses them.
std::string sealed(std::string_view blocks) {
  z_stream stream{};
  CHECK(inflateInit2(&stream, -15) == Z_OK);  // blocks alone
  std::string text(inflated_bytes_max, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(blocks.data()));
  stream.avail_in = static_cast<uInt>(blocks.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  const bool whole = inflate(&stream, Z_FINISH) == Z_STREAM_END;
  const auto taken = whole ? stream.total_in : blocks.size();
  const auto size = static_cast<std::uint32_t>(stream.total_out);
  inflateEnd(&stream);
  const uLong checksum = crc32(0, reinterpret_cast<const Bytef*>(text.data()), size);
  const std::string trailer = four_bytes(static_cast<std::uint32_t>(checksum)) + four_bytes(size);
  return std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10).append(blocks.substr(0, taken)) +
         (whole ? trailer : std::string(8, '\0'));
}

// Nothing: refused.
std::optional<std::string> inflated(std::string_view bytes, std::size_t block_bytes,
                                    std::unique_ptr<Codec> codec) {
  testing::BytesFile file(bytes);
  StoredBytes stored({.file = file, .own = {}, .file_bytes = bytes.size()});
  const auto stream = open_inflater(stored, block_bytes, {std::move(codec), "gzip"});
  std::string all;
  std::string room(4096, '\0');
  while (all.size() < inflated_bytes_max) {
    const auto got = stream->read(room);
    if (!got) {
      CHECK(got.error().kind == ErrorKind::invalid);
      return std::nullopt;
    }
    if (*got == 0) {
      break;
    }
    all += room.substr(0, *got);
  }
  return all;
}

}  // namespace

// fault 132 (fuzzed: two libraries, one verdict)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const std::string file = sealed({reinterpret_cast<const char*>(bytes) + 1, size - 1});
  const std::size_t block_bytes = std::size_t{1} + bytes[0];
  const auto zlib = inflated(file, block_bytes, zlib_gzip_codec());
  if (zlib && zlib->size() >= inflated_bytes_max) {
    return 0;  // not read to its end: there is no verdict to compare
  }
  const auto used = inflated(file, block_bytes, gzip_codec());
  CHECK(!zlib || (used && *used == *zlib));
  return 0;
}
