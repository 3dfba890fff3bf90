// SPDX-License-Identifier: Apache-2.0
// Compressed bytes for tests, made by the libraries themselves; one member each.
#pragma once

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <string>
#include <string_view>

#include "base/check.h"
#include "model/format.h"

namespace weir::testing {

inline std::string gzip_compressed(std::string_view text, gz_header* header = nullptr) {
  z_stream stream{};
  CHECK(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  CHECK(header == nullptr || deflateSetHeader(&stream, header) == Z_OK);
  std::string bytes(deflateBound(&stream, text.size()) + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  bytes.resize(stream.total_out);
  deflateEnd(&stream);
  return bytes;
}

// With an extra field, a name, a comment and a checksum of the header.
inline std::string gzip_with_full_header(std::string_view text) {
  std::string extra = "XX\x04" + std::string(1, '\0') + "abcd";
  std::string name = "usage.txt";
  std::string comment = "made for a test";
  gz_header header{};
  header.extra = reinterpret_cast<Bytef*>(extra.data());
  header.extra_len = static_cast<uInt>(extra.size());
  header.name = reinterpret_cast<Bytef*>(name.data());
  header.comment = reinterpret_cast<Bytef*>(comment.data());
  header.hcrc = 1;
  return gzip_compressed(text, &header);
}

inline std::string zstd_compressed(std::string_view text) {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  CHECK(context != nullptr);
  CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)));
  std::string bytes(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size =
      ZSTD_compress2(context, bytes.data(), bytes.size(), text.data(), text.size());
  ZSTD_freeCCtx(context);
  CHECK(!ZSTD_isError(size));
  bytes.resize(size);
  return bytes;
}

// A frame of one raw block, of up to 8191 bytes, whose header asks for a window of 2^window_log
// bytes (RFC 8878, sections 3.1.1.1 and 3.1.1.2).
inline std::string zstd_with_window(std::string_view text, int window_log) {
  CHECK(text.size() < 8192 && window_log >= 10 && window_log < 42);
  const std::size_t block_header = text.size() << 3 | 1;  // raw, and the last one
  std::string bytes = "\x28\xb5\x2f\xfd";
  bytes += '\0';
  bytes += static_cast<char>((window_log - 10) << 3);
  bytes += static_cast<char>(block_header & 0xff);
  bytes += static_cast<char>(block_header >> 8 & 0xff);
  bytes += '\0';
  return bytes.append(text);
}

inline std::string bzip2_compressed(std::string_view text) {
  std::string bytes(text.size() + text.size() / 100 + 600, '\0');
  auto size = static_cast<unsigned>(bytes.size());
  CHECK(BZ2_bzBuffToBuffCompress(bytes.data(), &size, const_cast<char*>(text.data()),
                                 static_cast<unsigned>(text.size()), 9, 0, 0) == BZ_OK);
  bytes.resize(size);
  return bytes;
}

inline std::string xz_compressed(std::string_view text) {
  std::string bytes(lzma_stream_buffer_bound(text.size()), '\0');
  std::size_t size = 0;
  CHECK(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, nullptr,
                                reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                                reinterpret_cast<std::uint8_t*>(bytes.data()), &size,
                                bytes.size()) == LZMA_OK);
  bytes.resize(size);
  return bytes;
}

inline std::string compressed(std::string_view text, Compression compression) {
  switch (compression) {
    case Compression::none:
      return std::string(text);
    case Compression::gzip:
      return gzip_compressed(text);
    case Compression::zstd:
      return zstd_compressed(text);
    case Compression::bzip2:
      return bzip2_compressed(text);
    case Compression::xz:
      return xz_compressed(text);
  }
  CHECK(false);
}

}  // namespace weir::testing
