// SPDX-License-Identifier: Apache-2.0
// zstd frames, skippable ones too. A window over 2^27 bytes (zstd --long=28 and more) is refused:
// memory stays bounded.
#include <zstd.h>

#include "base/check.h"
#include "format/codec.h"

namespace weir {
namespace {

struct Free {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

class Zstd final : public Codec {
 public:
  explicit Zstd(ZSTD_DCtx* context) : context_(context) {
    CHECK(!ZSTD_isError(
        ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, codec_memory_log)));
  }

  CodecStep step(std::span<const char> input, bool /*last*/, std::span<char> room) override {
    ZSTD_inBuffer in{.src = input.data(), .size = input.size(), .pos = 0};
    ZSTD_outBuffer out{.dst = room.data(), .size = room.size(), .pos = 0};
    const std::size_t result = ZSTD_decompressStream(context_.get(), &out, &in);
    CodecStep step{.taken = in.pos, .given = out.pos};
    if (ZSTD_isError(result)) {
      step.status = CodecStep::Status::corrupt;
      step.reason = ZSTD_getErrorName(result);
      if (step.reason.find("too much memory") != std::string::npos) {
        step.reason += " (compress it with --long=27 or less)";
      }
    } else if (result == 0) {
      step.status = CodecStep::Status::member_end;
    }
    return step;
  }

 private:
  std::unique_ptr<ZSTD_DCtx, Free> context_;
};

}  // namespace

std::unique_ptr<Codec> zstd_codec() {
  ZSTD_DCtx* const context = ZSTD_createDCtx();
  return context == nullptr ? nullptr : std::make_unique<Zstd>(context);
}

}  // namespace weir
