// SPDX-License-Identifier: Apache-2.0
#include "flow/packer.h"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "base/check.h"

namespace weir {
namespace {

class PlainPacker final : public Packer {
 public:
  Result<std::span<const char>> pack(std::span<const char> bytes) override { return bytes; }
  Result<std::span<const char>> finish() override { return std::span<const char>(); }
};

// The header zlib writes has no name and no time, so equal lines give equal bytes.
class GzipPacker final : public Packer {
 public:
  GzipPacker() {
    constexpr int gzip_window_bits = 15 + 16;
    constexpr int memory_level = 8;  // zlib's own default
    ready_ = deflateInit2(&stream_, Z_BEST_SPEED, Z_DEFLATED, gzip_window_bits, memory_level,
                          Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~GzipPacker() override { deflateEnd(&stream_); }

  bool ready() const { return ready_; }
  Result<std::span<const char>> pack(std::span<const char> bytes) override {
    return run(bytes, Z_NO_FLUSH);
  }
  Result<std::span<const char>> finish() override { return run({}, Z_FINISH); }

 private:
  Result<std::span<const char>> run(std::span<const char> bytes, int flush) {
    CHECK(bytes.size() <= std::numeric_limits<uInt>::max() / 2);
    packed_.resize(deflateBound(&stream_, static_cast<uLong>(bytes.size())) + 65536);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // only read
    stream_.avail_in = static_cast<uInt>(bytes.size());
    stream_.next_out = reinterpret_cast<Bytef*>(packed_.data());
    stream_.avail_out = static_cast<uInt>(packed_.size());
    const int answer = deflate(&stream_, flush);
    // Z_BUF_ERROR: nothing to do. The bound leaves room for all, what was held back included.
    if ((answer != Z_OK && answer != Z_BUF_ERROR && answer != Z_STREAM_END) ||
        stream_.avail_out == 0) {
      return Error{.message = fmt::format("zlib: error {}", answer)};
    }
    return std::span<const char>(packed_.data(), packed_.size() - stream_.avail_out);
  }

  z_stream stream_ = {};
  bool ready_ = false;
  std::vector<char> packed_;
};

class ZstdPacker final : public Packer {
 public:
  ZstdPacker() : stream_(ZSTD_createCCtx()) {
    CHECK(!stream_ || !ZSTD_isError(ZSTD_CCtx_setParameter(stream_.get(), ZSTD_c_checksumFlag, 1)));
  }

  bool ready() const { return stream_ != nullptr; }
  Result<std::span<const char>> pack(std::span<const char> bytes) override {
    return run(bytes, ZSTD_e_continue);
  }
  Result<std::span<const char>> finish() override { return run({}, ZSTD_e_end); }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* stream) const { ZSTD_freeCCtx(stream); }
  };

  Result<std::span<const char>> run(std::span<const char> bytes, ZSTD_EndDirective directive) {
    ZSTD_inBuffer in = {bytes.data(), bytes.size(), 0};
    std::size_t used = 0;
    std::size_t rest = 1;
    while (rest != 0) {
      packed_.resize(used + ZSTD_CStreamOutSize());
      ZSTD_outBuffer out = {packed_.data() + used, packed_.size() - used, 0};
      rest = ZSTD_compressStream2(stream_.get(), &out, &in, directive);
      if (ZSTD_isError(rest)) {
        return Error{.message = fmt::format("zstd: {}", ZSTD_getErrorName(rest))};
      }
      used += out.pos;
      rest = directive == ZSTD_e_end ? rest : in.size - in.pos;
    }
    return std::span<const char>(packed_.data(), used);
  }

  std::unique_ptr<ZSTD_CCtx, Free> stream_;
  std::vector<char> packed_;
};

template <class SomePacker>
Result<std::unique_ptr<Packer>> ready_packer() {
  auto packer = std::make_unique<SomePacker>();
  if (!packer->ready()) {
    return Error{.kind = ErrorKind::unavailable, .message = "no memory for compression"};
  }
  return std::unique_ptr<Packer>(std::move(packer));
}

}  // namespace

Result<std::unique_ptr<Packer>> open_packer(Compression compression) {
  switch (compression) {
    case Compression::none:
      return std::unique_ptr<Packer>(std::make_unique<PlainPacker>());
    case Compression::gzip:
      return ready_packer<GzipPacker>();
    case Compression::zstd:
      return ready_packer<ZstdPacker>();
    default:
      return Error{.message =
                       fmt::format("packing as {} is not supported: choose none, gzip or zstd",
                                   name(compression))};
  }
}

}  // namespace weir
