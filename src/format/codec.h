// SPDX-License-Identifier: Apache-2.0
// One compression library behind one interface: what stays the same for all of them (reading,
// several members, truncation, what may follow) is in format/inflate.cc. Each codec is one .cc.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace weir {

// What a codec did with the bytes it was given.
struct CodecStep {
  enum class Status {
    running,
    member_end,     // a member is complete, and its checksums are right; the next may follow
    corrupt,        // `reason` says why
    out_of_memory,  // there may be more later
  };
  Status status = Status::running;
  std::size_t taken = 0;  // of the input
  std::size_t given = 0;  // of the output
  std::string reason;
};

// A decoder of members, one after another. A member: a gzip member, a zstd frame, a bzip2 or an xz
// stream. One thread.
class Codec {
 public:
  virtual ~Codec() = default;
  // Goes on until the input or the room is used up, or a member ends. `last`: nothing comes after
  // this input. Where it needs more, it has taken all of it.
  virtual CodecStep step(std::span<const char> input, bool last, std::span<char> room) = 0;
  // Whether zeros may follow the last member (gzip on tapes and in blocks of fixed size).
  virtual bool zeros_may_follow() const { return false; }
};

// Compressed data that asks for more than this to be inflated is refused: zstd --long=27 is the
// most, and xz -9 takes half of it.
inline constexpr int codec_memory_log = 27;

// Nothing: no memory for it.
std::unique_ptr<Codec> gzip_codec();       // isa-l where it is to be had, zlib elsewhere
std::unique_ptr<Codec> zlib_gzip_codec();  // zlib everywhere
std::unique_ptr<Codec> zstd_codec();
std::unique_ptr<Codec> bzip2_codec();
std::unique_ptr<Codec> xz_codec();

}  // namespace weir
