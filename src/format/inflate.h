// SPDX-License-Identifier: Apache-2.0
// Compressed files: seen by their first bytes, never by their name, and read as the bytes they
// inflate to. A stream counts as whole only when its last checksum was seen; a truncated or corrupt
// one is `invalid`, however late that shows.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "format/byte_stream.h"
#include "format/codec.h"
#include "model/format.h"

namespace weir {

// By its first bytes (16 are enough); none: plain, or a compression that is not read.
Compression compression_of(std::string_view head);

// What the stored bytes, from their first on, inflate to. Borrows them, and reads them to their
// end. Plain bytes need no inflater: they are a ByteStream already, and go uncopied to the line
// cutter.
struct InflateOptions {
  Compression compression = Compression::gzip;  // not none
  std::size_t block_bytes = 512 << 10;          // of stored bytes, read at once
};
std::unique_ptr<ByteStream> open_inflater(ByteStream& stored, const InflateOptions& options);

// The same with a codec of the caller's choice; `name` is for messages.
struct CodecChoice {
  std::unique_ptr<Codec> codec;  // nothing: the first read says that there is no memory
  std::string_view name;
};
std::unique_ptr<ByteStream> open_inflater(ByteStream& stored, std::size_t block_bytes,
                                          CodecChoice choice);

}  // namespace weir
