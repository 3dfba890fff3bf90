// SPDX-License-Identifier: Apache-2.0
#include "flow/content.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "base/check.h"
#include "model/digest.h"

namespace weir {
namespace {

constexpr std::size_t portion_bytes = 1 << 20;

using Portion = std::function<void(std::span<const char>)>;

Result<void> each_portion(SourceFile& file, ByteRange range, const Stop& stop,
                          const Portion& take) {
  std::vector<char> buffer(portion_bytes);
  for (std::uint64_t at = range.begin; at < range.end;) {
    if (stop.requested()) {
      return Error{ErrorKind::unavailable, "asked to stop"};
    }
    const auto want = std::min<std::uint64_t>(buffer.size(), range.end - at);
    TRY_ASSIGN(const std::size_t got, file.read_at(at, std::span(buffer.data(), want)));
    if (got < want) {
      return Error{ErrorKind::conflict, "the file became shorter while it was read"};
    }
    take(std::span<const char>(buffer.data(), got));
    at += got;
  }
  return {};
}

std::string hex(std::span<const unsigned char> bytes) {
  std::string digits;
  for (const unsigned char byte : bytes) {
    digits.push_back("0123456789abcdef"[byte >> 4]);
    digits.push_back("0123456789abcdef"[byte & 15]);
  }
  return digits;
}

}  // namespace

Result<std::string> sha256_of(SourceFile& file, const Stop& stop) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  CHECK(context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
  TRY(each_portion(file, {0, file.token().size}, stop, [&](std::span<const char> bytes) {
    CHECK(EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1);
  }));
  std::array<unsigned char, 32> digest{};
  unsigned int length = 0;
  CHECK(EVP_DigestFinal_ex(context.get(), digest.data(), &length) == 1 && length == digest.size());
  return hex(digest);
}

Result<UInt128> digest_of(SourceFile& file, std::span<const ByteRange> ranges, const Stop& stop) {
  UInt128 sum = 0;
  for (const ByteRange& range : ranges) {
    Digest digest(range.begin);
    TRY(each_portion(file, range, stop, [&](std::span<const char> bytes) { digest.add(bytes); }));
    sum += digest.finish();
  }
  return sum;
}

}  // namespace weir
