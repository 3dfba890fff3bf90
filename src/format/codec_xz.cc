// SPDX-License-Identifier: Apache-2.0
// xz streams, with the padding that may stand between and behind them: liblzma knows the row of
// them as one, so a member here is the whole file. A dictionary that needs over 2^27 bytes is
// refused, and so is a kind of check that cannot be verified.
#include <lzma.h>

#include <new>
#include <utility>

#include "base/check.h"
#include "format/codec.h"

namespace weir {
namespace {

const char* reason_of(lzma_ret result) {
  switch (result) {
    case LZMA_FORMAT_ERROR:
      return "no xz header";
    case LZMA_OPTIONS_ERROR:
      return "it was made with options that are not known here";
    case LZMA_UNSUPPORTED_CHECK:
      return "its kind of checksum is not known here";
    case LZMA_MEMLIMIT_ERROR:
      return "it needs more than 128 MiB to be inflated (compress it with -9 or less)";
    default:
      return "its content or a checksum is wrong";
  }
}

class Xz final : public Codec {
 public:
  Xz()
      : ready_(lzma_stream_decoder(&stream_, std::uint64_t{1} << codec_memory_log,
                                   LZMA_CONCATENATED | LZMA_TELL_UNSUPPORTED_CHECK) == LZMA_OK) {}
  ~Xz() override { lzma_end(&stream_); }

  bool ready() const { return ready_; }

  CodecStep step(std::span<const char> input, bool last, std::span<char> room) override {
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(input.data());
    stream_.avail_in = input.size();
    stream_.next_out = reinterpret_cast<std::uint8_t*>(room.data());
    stream_.avail_out = room.size();
    const lzma_ret result = lzma_code(&stream_, last ? LZMA_FINISH : LZMA_RUN);
    CodecStep step{.taken = input.size() - stream_.avail_in,
                   .given = room.size() - stream_.avail_out};
    if (result == LZMA_STREAM_END) {
      step.status = CodecStep::Status::member_end;
    } else if (result == LZMA_MEM_ERROR) {
      step.status = CodecStep::Status::out_of_memory;
    } else if (result != LZMA_OK && result != LZMA_BUF_ERROR) {
      step.status = CodecStep::Status::corrupt;
      step.reason = reason_of(result);
    }
    return step;
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool ready_;
};

}  // namespace

std::unique_ptr<Codec> xz_codec() {
  std::unique_ptr<Xz> codec(new (std::nothrow) Xz());
  return codec != nullptr && codec->ready() ? std::move(codec) : nullptr;
}

}  // namespace weir
