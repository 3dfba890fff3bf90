// SPDX-License-Identifier: Apache-2.0
// gzip by zlib: where isa-l is not to be had; and what isa-l is compared with in tests.
#include <zlib.h>

#include <new>

#include "base/check.h"
#include "format/codec.h"

namespace weir {
namespace {

constexpr int gzip_window_bits = 15 + 16;  // the largest window, gzip headers and trailers

class ZlibGzip final : public Codec {
 public:
  ZlibGzip() : ready_(inflateInit2(&stream_, gzip_window_bits) == Z_OK) {}
  ~ZlibGzip() override { inflateEnd(&stream_); }

  bool ready() const { return ready_; }

  CodecStep step(std::span<const char> input, bool /*last*/, std::span<char> room) override {
    // zlib does not write to its input.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream_.avail_in = static_cast<uInt>(input.size());
    stream_.next_out = reinterpret_cast<Bytef*>(room.data());
    stream_.avail_out = static_cast<uInt>(room.size());
    CHECK(stream_.avail_in == input.size() && stream_.avail_out == room.size());
    CodecStep step;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    step.taken = input.size() - stream_.avail_in;
    step.given = room.size() - stream_.avail_out;
    if (result == Z_STREAM_END) {
      step.status = CodecStep::Status::member_end;
      CHECK(inflateReset(&stream_) == Z_OK);
    } else if (result == Z_MEM_ERROR) {
      step.status = CodecStep::Status::out_of_memory;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      step.status = CodecStep::Status::corrupt;
      step.reason = stream_.msg == nullptr ? "it needs a dictionary" : stream_.msg;
    }
    return step;
  }

  bool zeros_may_follow() const override { return true; }

 private:
  z_stream stream_{};
  bool ready_;
};

}  // namespace

std::unique_ptr<Codec> zlib_gzip_codec() {
  std::unique_ptr<ZlibGzip> codec(new (std::nothrow) ZlibGzip());
  return codec != nullptr && codec->ready() ? std::move(codec) : nullptr;
}

#ifndef WEIR_HAS_ISAL
std::unique_ptr<Codec> gzip_codec() {
  return zlib_gzip_codec();
}
#endif

}  // namespace weir
