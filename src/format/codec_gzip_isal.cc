// SPDX-License-Identifier: Apache-2.0
// gzip by isa-l. What to know of version 2.30: its header state must be cleared by the caller, or
// random flags are followed; only a header read by isal_read_gzip_header may arrive in pieces; the
// trailer (CRC and size) is checked in the mode "no header, verify", and nothing behind the trailer
// is taken then. Corrupt input can make it stand still (format/inflate.cc looks for that), or count
// more input as taken than there was: its counts mean something only where it succeeds.
#ifdef WEIR_HAS_ISAL
#include <isa-l/igzip_lib.h>

#include <cstdint>
#include <new>

#include "base/check.h"
#include "format/codec.h"

namespace weir {
namespace {

const char* reason_of(int result) {
  switch (result) {
    case ISAL_INVALID_WRAPPER:
      return "no gzip header";
    case ISAL_UNSUPPORTED_METHOD:
      return "an unknown method of compression";
    case ISAL_INCORRECT_CHECKSUM:
      return "a checksum or a size is wrong";
    default:
      return "its compressed blocks make no sense";
  }
}

CodecStep::Status status_of(int result) {
  return result < 0 ? CodecStep::Status::corrupt : CodecStep::Status::running;
}

class IsalGzip final : public Codec {
 public:
  IsalGzip() {
    isal_inflate_init(&state_);
    state_.crc_flag = ISAL_GZIP_NO_HDR_VER;
  }

  CodecStep step(std::span<const char> input, bool /*last*/, std::span<char> room) override {
    // isa-l does not write to its input.
    state_.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(input.data()));
    state_.avail_in = static_cast<std::uint32_t>(input.size());
    state_.next_out = reinterpret_cast<std::uint8_t*>(room.data());
    state_.avail_out = static_cast<std::uint32_t>(room.size());
    CHECK(state_.avail_in == input.size() && state_.avail_out == room.size());
    CodecStep step;
    const int result = in_header_ ? read_header() : isal_inflate(&state_);
    step.status = status_of(result);
    if (step.status == CodecStep::Status::corrupt) {
      step.reason = reason_of(result);
      return step;
    }
    if (!in_header_ && state_.block_state == ISAL_BLOCK_FINISH) {
      step.status = CodecStep::Status::member_end;
      next_member();
    }
    step.taken = input.size() - state_.avail_in;
    step.given = room.size() - state_.avail_out;
    return step;
  }

  bool zeros_may_follow() const override { return true; }

 private:
  int read_header() {
    const int result = isal_read_gzip_header(&state_, &header_);
    if (result != ISAL_DECOMP_OK) {
      return result;
    }
    constexpr std::uint32_t reserved_flags = 0xe0;
    in_header_ = false;
    return (header_.flags & reserved_flags) == 0 ? ISAL_DECOMP_OK : ISAL_INVALID_WRAPPER;
  }

  void next_member() {
    const std::uint32_t left = state_.avail_in;
    isal_inflate_reset(&state_);
    CHECK(state_.avail_in == left);
    header_ = {};
    in_header_ = true;
  }

  inflate_state state_{};
  isal_gzip_header header_{};
  bool in_header_ = true;
};

}  // namespace

std::unique_ptr<Codec> gzip_codec() {
  return std::unique_ptr<Codec>(new (std::nothrow) IsalGzip());
}

}  // namespace weir
#endif
