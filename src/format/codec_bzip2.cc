// SPDX-License-Identifier: Apache-2.0
// bzip2 streams; each checks its blocks and itself.
#include <bzlib.h>

#include <new>
#include <utility>

#include "base/check.h"
#include "format/codec.h"

namespace weir {
namespace {

class Bzip2 final : public Codec {
 public:
  Bzip2() = default;
  ~Bzip2() override { BZ2_bzDecompressEnd(&stream_); }

  CodecStep step(std::span<const char> input, bool /*last*/, std::span<char> room) override {
    CodecStep step;
    if (!open_ && BZ2_bzDecompressInit(&stream_, /*verbosity=*/0, /*small=*/0) != BZ_OK) {
      step.status = CodecStep::Status::out_of_memory;
      return step;
    }
    open_ = true;
    // libbz2 does not write to its input.
    stream_.next_in = const_cast<char*>(input.data());
    stream_.avail_in = static_cast<unsigned>(input.size());
    stream_.next_out = room.data();
    stream_.avail_out = static_cast<unsigned>(room.size());
    CHECK(stream_.avail_in == input.size() && stream_.avail_out == room.size());
    const int result = BZ2_bzDecompress(&stream_);
    step.taken = input.size() - stream_.avail_in;
    step.given = room.size() - stream_.avail_out;
    if (result == BZ_STREAM_END) {
      step.status = CodecStep::Status::member_end;
      close();
    } else if (result == BZ_MEM_ERROR) {
      step.status = CodecStep::Status::out_of_memory;
    } else if (result != BZ_OK) {
      step.status = CodecStep::Status::corrupt;
      step.reason = result == BZ_DATA_ERROR_MAGIC ? "no bzip2 header" : "a checksum is wrong";
    }
    return step;
  }

 private:
  void close() {
    BZ2_bzDecompressEnd(&stream_);
    stream_ = {};
    open_ = false;
  }

  bz_stream stream_{};
  bool open_ = false;
};

}  // namespace

std::unique_ptr<Codec> bzip2_codec() {
  return std::unique_ptr<Codec>(new (std::nothrow) Bzip2());
}

}  // namespace weir
