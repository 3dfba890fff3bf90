// SPDX-License-Identifier: Apache-2.0
// A compressed file is a row of members:   | member | member | … | perhaps zeros |
//
// Between members the stored bytes may end, and only there. Whatever follows a member is the next
// one, or, for gzip, zeros up to the end; anything else is corrupt, since it could be the torn
// front of a member whose records would be lost without a word.
#include "format/inflate.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.h"

namespace weir {
namespace {

class Inflater final : public ByteStream {
 public:
  Inflater(ByteStream& stored, std::size_t block_bytes, CodecChoice choice)
      : stored_(stored), choice_(std::move(choice)), block_(block_bytes) {
    CHECK(block_bytes > 0);
  }

  Result<std::size_t> read(std::span<char> into) override {
    if (choice_.codec == nullptr) {
      return out_of_memory();
    }
    std::size_t given = 0;
    while (given < into.size()) {
      TRY(refill());
      if (at_end()) {
        break;
      }
      TRY_ASSIGN(const std::size_t more, advance(into.subspan(given)));
      given += more;
    }
    return given;
  }

 private:
  // Input, unless the stored bytes are at their end.
  Result<void> refill() {
    if (input_.empty() && !stored_ended_) {
      TRY_ASSIGN(const std::size_t got, stored_.read(block_));
      input_ = std::span<const char>(block_).first(got);
      stored_ended_ = got < block_.size();
    }
    return {};
  }

  bool at_end() const { return input_.empty() && stored_ended_ && between_members_; }

  Result<std::size_t> advance(std::span<char> room) {
    if (in_zeros_ ||
        (between_members_ && choice_.codec->zeros_may_follow() && input_.front() == 0)) {
      TRY(skip_zeros());
      return std::size_t{0};
    }
    between_members_ = false;
    CodecStep step = choice_.codec->step(input_, stored_ended_, room);
    CHECK(step.taken <= input_.size() && step.given <= room.size());
    const bool stands_still = step.taken == 0 && step.given == 0;
    const bool had_input = !input_.empty();
    input_ = input_.subspan(step.taken);
    offset_ += step.taken;
    switch (step.status) {
      case CodecStep::Status::corrupt:
        return corrupt(step.reason);
      case CodecStep::Status::out_of_memory:
        return out_of_memory();
      case CodecStep::Status::member_end:
        between_members_ = true;
        break;
      case CodecStep::Status::running:
        if (stands_still && stored_ended_) {
          return truncated();
        }
        break;
    }
    if (stands_still && had_input) {
      return corrupt("it does not go on");
    }
    return step.given;
  }

  Result<void> skip_zeros() {
    in_zeros_ = true;
    const auto other = std::ranges::find_if(input_, [](char byte) { return byte != 0; });
    offset_ += static_cast<std::uint64_t>(other - input_.begin());
    if (other != input_.end()) {
      return corrupt("something else than zeros follows its last member");
    }
    input_ = {};
    return {};
  }

  Error truncated() const {
    return {ErrorKind::invalid,
            fmt::format("the {} stream is truncated after {} bytes", choice_.name, offset_)};
  }

  Error corrupt(std::string_view reason) const {
    return {ErrorKind::invalid,
            fmt::format("the {} stream is corrupt at byte {}: {}", choice_.name, offset_, reason)};
  }

  Error out_of_memory() const {
    return {ErrorKind::unavailable, fmt::format("no memory to inflate {}", choice_.name)};
  }

  ByteStream& stored_;
  CodecChoice choice_;
  std::vector<char> block_;
  std::span<const char> input_;  // of the block: not taken by the codec yet
  std::uint64_t offset_ = 0;     // stored, of the first byte of input_
  bool stored_ended_ = false;
  bool between_members_ = false;  // true behind a member, so that an empty file is truncated
  bool in_zeros_ = false;         // behind the last member
};

// 0x184D2A50 to 5F, lowest byte first: a frame that a decoder passes over.
bool is_skippable_frame(std::string_view head) {
  return head.size() >= 4 && (static_cast<unsigned char>(head[0]) & 0xf0) == 0x50 &&
         head.substr(1, 3) == "\x2a\x4d\x18";
}

// "BZh9", then the magic of a block or of the end of an empty stream. (A consumer could be called
// BZh9.) As much of it as is there.
bool is_bzip2(std::string_view head) {
  if (head.size() < 4 || !head.starts_with("BZh") || head[3] < '1' || head[3] > '9') {
    return false;
  }
  const std::string_view rest = head.substr(4, 6);
  return std::string_view("\x31\x41\x59\x26\x53\x59").starts_with(rest) ||
         std::string_view("\x17\x72\x45\x38\x50\x90").starts_with(rest);
}

CodecChoice codec_for(Compression compression) {
  switch (compression) {
    case Compression::gzip:
      return {gzip_codec(), name(compression)};
    case Compression::zstd:
      return {zstd_codec(), name(compression)};
    case Compression::bzip2:
      return {bzip2_codec(), name(compression)};
    case Compression::xz:
      return {xz_codec(), name(compression)};
    case Compression::none:
      break;
  }
  CHECK(false);
}

}  // namespace

Compression compression_of(std::string_view head) {
  if (head.starts_with("\x1f\x8b")) {
    return Compression::gzip;
  }
  if (head.starts_with("\x28\xb5\x2f\xfd") || is_skippable_frame(head)) {
    return Compression::zstd;
  }
  if (head.starts_with(std::string_view("\xfd\x37\x7a\x58\x5a\x00", 6))) {
    return Compression::xz;
  }
  return is_bzip2(head) ? Compression::bzip2 : Compression::none;
}

std::unique_ptr<ByteStream> open_inflater(ByteStream& stored, const InflateOptions& options) {
  return open_inflater(stored, options.block_bytes, codec_for(options.compression));
}

std::unique_ptr<ByteStream> open_inflater(ByteStream& stored, std::size_t block_bytes,
                                          CodecChoice choice) {
  return std::make_unique<Inflater>(stored, block_bytes, std::move(choice));
}

}  // namespace weir
