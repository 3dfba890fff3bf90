// SPDX-License-Identifier: Apache-2.0
#include "app/totals_text.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/int128.h"
#include "base/text.h"

namespace weir {
namespace {

constexpr std::size_t line_bytes_max = 64;  // two numbers of 64 bits and their ends

constexpr std::uint64_t ten_to_8 = 100'000'000;

// Eight decimal digits of a number below 10^8 as eight bytes, the first of them lowest: halves of
// four digits are divided by 100, then quarters by 10, all in one register, with multiplications
// for divisions. Method: Khuong, "How to print integers really fast" (2017).
[[gnu::always_inline]] inline std::uint64_t eight_digits(std::uint64_t number) {
  const std::uint64_t halves = number / 10'000 | number % 10'000 << 32;
  const std::uint64_t hundreds = (halves * 10'486 >> 20) & 0x0000'007f'0000'007f;
  const std::uint64_t quarters = hundreds | (halves - 100 * hundreds) << 16;
  const std::uint64_t tens = (quarters * 103 >> 10) & 0x000f'000f'000f'000f;
  return tens | (quarters - 10 * tens) << 8;
}

constexpr std::uint64_t zeros = 0x3030'3030'3030'3030;

char* put_eight(char* at, std::uint64_t digits) {
  digits |= zeros;
  std::memcpy(at, &digits, sizeof(digits));
  return at + sizeof(digits);
}

// Without leading zeros; 1 to 8 digits. Eight bytes are written.
char* put_first(char* at, std::uint64_t number) {
  const std::uint64_t digits = eight_digits(number);
  const int leading = std::min(std::countr_zero(digits) / 8, 7);
  put_eight(at, digits >> 8 * leading);
  return at + 8 - leading;
}

char* put(char* at, std::uint64_t number) {
  static_assert(std::endian::native == std::endian::little);
  if (number < ten_to_8) {
    return put_first(at, number);
  }
  const std::uint64_t front = number / ten_to_8;
  at = front < ten_to_8
           ? put_first(at, front)
           : put_eight(put_first(at, front / ten_to_8), eight_digits(front % ten_to_8));
  return put_eight(at, eight_digits(number % ten_to_8));
}

char* put(char* at, std::int64_t number) {
  if (number >= 0) {
    return put(at, static_cast<std::uint64_t>(number));
  }
  *at = '-';
  return put(at + 1, -static_cast<std::uint64_t>(number));
}

}  // namespace

char* TotalsText::room(std::size_t bytes) {
  if (memory_.size() - size_ < bytes) {
    memory_.resize(std::max(memory_.size() * 2, size_ + bytes));
  }
  return memory_.data() + size_;
}

void TotalsText::append(std::string_view bytes) {
  std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
  size_ += bytes.size();
}

void TotalsText::add(std::span<const SumEntry> entries) {
  for (const SumEntry& entry : entries) {
    if (!entry.text.empty()) {
      append(terminal_ ? std::string_view(escaped(entry.text)) : entry.text);
    }
    char* const begin = room(line_bytes_max);
    char* at = entry.text.empty() ? put(begin, entry.id) : begin;
    *at++ = ' ';
    if (fits_int64(entry.sum)) {
      at = put(at, static_cast<std::int64_t>(entry.sum));
      *at++ = '\n';
      size_ += static_cast<std::size_t>(at - begin);
    } else {
      size_ += static_cast<std::size_t>(at - begin);
      append(to_text(entry.sum) + "\n");
    }
  }
}

void write_totals(Output& output, std::span<const SumEntry> entries) {
  TotalsText text(output.terminal());
  text.add(entries);
  output.write(text.text());
}

}  // namespace weir
