// SPDX-License-Identifier: Apache-2.0
#include "store/postgres_binary.h"

#include <array>

namespace weir {
namespace {

template <class Value>
void append_big_endian(std::string& out, Value value) {
  std::array<char, sizeof(Value)> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(value >> (8 * (bytes.size() - 1 - i)));
  }
  out.append(bytes.data(), bytes.size());
}

// Digits of 10,000, the greatest first.
constexpr UInt128 numeric_base = 10'000;
constexpr std::size_t numeric_digits_max = 10;  // of 128 bits
constexpr std::int16_t numeric_negative = 0x4000;

}  // namespace

void append_int16(std::string& out, std::int16_t value) {
  append_big_endian(out, static_cast<std::uint16_t>(value));
}

void append_int32(std::string& out, std::int32_t value) {
  append_big_endian(out, static_cast<std::uint32_t>(value));
}

void append_int64(std::string& out, std::int64_t value) {
  append_big_endian(out, static_cast<std::uint64_t>(value));
}

void append_bigint(std::string& out, std::int64_t value) {
  append_int32(out, sizeof value);
  append_int64(out, value);
}

void append_text(std::string& out, std::string_view bytes) {
  append_int32(out, static_cast<std::int32_t>(bytes.size()));
  out += bytes;
}

void append_numeric(std::string& out, Int128 value) {
  UInt128 left = value < 0 ? UInt128{0} - static_cast<UInt128>(value) : static_cast<UInt128>(value);
  std::array<std::int16_t, numeric_digits_max> digits;
  std::size_t count = 0;
  for (; left != 0; left /= numeric_base) {
    digits[count++] = static_cast<std::int16_t>(left % numeric_base);
  }
  append_int32(out, static_cast<std::int32_t>(8 + 2 * count));
  append_int16(out, static_cast<std::int16_t>(count));
  append_int16(out, static_cast<std::int16_t>(count == 0 ? 0 : count - 1));  // of the first digit
  append_int16(out, value < 0 ? numeric_negative : std::int16_t{0});
  append_int16(out, 0);  // digits behind the point that are shown
  while (count > 0) {
    append_int16(out, digits[--count]);
  }
}

void append_array_header(std::string& out, std::int32_t element_oid, std::size_t elements) {
  append_int32(out, 1);  // dimensions
  append_int32(out, 0);  // no NULLs
  append_int32(out, element_oid);
  append_int32(out, static_cast<std::int32_t>(elements));
  append_int32(out, 1);  // its first index
}

void append_copy_header(std::string& out) {
  out.append("PGCOPY\n\377\r\n\0", 11);
  append_int32(out, 0);  // flags
  append_int32(out, 0);  // bytes of extension
}

void append_copy_trailer(std::string& out) {
  append_int16(out, -1);
}

}  // namespace weir
