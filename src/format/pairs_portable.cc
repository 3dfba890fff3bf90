// SPDX-License-Identifier: Apache-2.0
// Eight bytes at a time in an ordinary register. For a number: how many of the next eight bytes are
// digits is the place of the lowest marked byte; the digits are moved to the word's top, zeros come
// in front of them, and three multiplications turn eight digits into their value.
//
//   bytes   '1' '2' '3' ' ' '4' '5' '6' LF       first byte = lowest
//   digits   1   2   3  ~~  ..                   xor 0x30; marked where over 9
//   count = 3, moved up by 5 bytes:
//            0   0   0   0   0   1   2   3       -> 123
//
// No branch depends on the length of a number of up to seven digits, which no predictor could
// guess; the branches that are left go the same way for line after line.
#include "format/pairs.h"

#include <array>
#include <bit>
#include <cstring>

#include "base/text.h"
#include "format/digits.h"
#include "model/limits.h"

namespace weir {
namespace {

// How many bytes lie below the lowest byte whose top bit is set; eight where none is.
[[gnu::always_inline]] inline unsigned bytes_below(Word marks) {
  return static_cast<unsigned>(std::countr_zero(marks)) / 8;
}

[[gnu::always_inline]] inline unsigned digit_count(Word digits) {
  return bytes_below(marks_over_nine(digits));
}

// The value of the first `count` digits, 0 to 7 of them.
[[gnu::always_inline]] inline Word only(Word digits, unsigned count) {
  return digits << 8 << (56 - 8 * count);
}

constexpr std::array<std::uint64_t, 8> power_of_ten = {1,      10,      100,       1'000,
                                                       10'000, 100'000, 1'000'000, 10'000'000};

struct Digits {
  std::uint64_t value = 0;
  unsigned count = 0;  // 0: none, or 20 and more
};

// 8 to 19 digits, of which the first eight are there already. 19 of them fit into 64 bits.
[[gnu::always_inline]] inline Digits long_number(Word first, const char* at) {
  const Word second = digits_at(at + 8);
  const unsigned more = digit_count(second);
  if (more < 8) {
    return {value_of(first) * power_of_ten[more] + value_of(only(second, more)), 8 + more};
  }
  const Word third = digits_at(at + 16);
  const unsigned most = digit_count(third);
  if (most > 3) {
    return {};
  }
  const std::uint64_t front = value_of(first) * 100'000'000 + value_of(second);
  return {front * power_of_ten[most] + value_of(only(third, most)), 16 + most};
}

[[gnu::always_inline]] inline Digits number(const char* at) {
  const Word digits = digits_at(at);
  const unsigned count = digit_count(digits);
  if (count < 8) [[likely]] {
    return {value_of(only(digits, count)), count};
  }
  return long_number(digits, at);
}

// Overloads on a Record that only says which.
[[gnu::always_inline]] inline bool is_usual(const Digits& digits, const Usage&) {
  return digits.count != 0 && digits.value <= INT64_MAX;
}
[[gnu::always_inline]] inline bool is_usual(const Digits& digits, const SmallUsage&) {
  return digits.count - 1 < 8;
}
[[gnu::always_inline]] inline bool is_usual(const Digits& digits, const TextUsage&) {
  return is_usual(digits, Usage());
}

// A field or a separator that was read: what it says, and where it ends; nowhere where it is not
// usual.
template <class Value>
struct Read {
  Value value{};
  const char* end = nullptr;
};

[[gnu::always_inline]] inline const char* skip_blanks(const char* at) {
  while (*at == ' ' || *at == '\t') {
    ++at;
  }
  return at;
}

template <Separator separator>
[[gnu::always_inline]] inline const char* line_begin(const char* at) {
  return separator == Separator::blank ? skip_blanks(at) : at;
}

template <Separator separator>
[[gnu::always_inline]] inline const char* separator_end(const char* at) {
  if constexpr (separator == Separator::space) {
    return *at == ' ' ? at + 1 : nullptr;
  } else {
    return *at == ' ' || *at == '\t' ? skip_blanks(at) : nullptr;
  }
}

template <Separator separator>
[[gnu::always_inline]] inline const char* line_end(const char* at) {
  at = line_begin<separator>(at);
  if (*at == '\n') [[likely]] {
    return at + 1;
  }
  return at[0] == '\r' && at[1] == '\n' ? at + 2 : nullptr;
}

template <class Record, bool negative>
[[gnu::always_inline]] inline auto amount(const char* at) {
  using Amount = decltype(Record::amount);
  const bool minus = negative && *at == '-';
  at += minus ? 1 : 0;
  const Digits digits = number(at);
  const std::uint64_t value = minus ? 0 - digits.value : digits.value;
  return Read<Amount>{static_cast<Amount>(value),
                      is_usual(digits, Record()) ? at + digits.count : nullptr};
}

template <Separator separator, class Record>
[[gnu::always_inline]] inline auto consumer(const char* at, const Record& which) {
  using Consumer = decltype(Record::consumer);
  const Digits digits = number(at);
  return Read<Consumer>{static_cast<Consumer>(digits.value),
                        is_usual(digits, which) ? at + digits.count : nullptr};
}

// A key without control characters ends at the first byte up to a space. (Bytes below that the key
// may hold, a tab say, are left to the referee.)
template <Separator separator>
[[gnu::always_inline]] inline Read<std::string_view> consumer(const char* at, const TextUsage&) {
  const char* const begin = at;
  Word beyond_ascii = 0;
  Word word = load_word(at);
  Word ends = (word - each_byte(' ' + 1)) & ~word & each_byte(0x80);
  while (ends == 0) {
    beyond_ascii |= word;
    at += 8;
    word = load_word(at);
    ends = (word - each_byte(' ' + 1)) & ~word & each_byte(0x80);
  }
  beyond_ascii |= word & (ends ^ (ends - 1));  // up to the lowest end
  at += bytes_below(ends);
  const std::string_view key(begin, static_cast<std::size_t>(at - begin));
  const bool separated = *at == ' ' || (separator == Separator::blank && *at == '\t');
  const bool usual = separated && key.size() - 1 < limits::text_key_bytes &&
                     ((beyond_ascii & each_byte(0x80)) == 0 || is_utf8(key));
  return {key, usual ? at : nullptr};
}

template <class Record, Separator separator, bool negative>
Parsed parse(std::string_view lines, std::uint64_t record_bytes_max, std::span<Record> into) {
  const char* at = lines.data();
  const char* const end = at + lines.size();
  std::size_t records = 0;
  while (at != end && records != into.size()) {
    const auto key = consumer<separator>(line_begin<separator>(at), Record());
    if (key.end == nullptr) [[unlikely]] {
      break;
    }
    const char* const second = separator_end<separator>(key.end);
    if (second == nullptr) [[unlikely]] {
      break;
    }
    const auto sum = amount<Record, negative>(second);
    if (sum.end == nullptr) [[unlikely]] {
      break;
    }
    const char* const next = line_end<separator>(sum.end);
    if (next == nullptr || static_cast<std::uint64_t>(next - at) > record_bytes_max) [[unlikely]] {
      break;
    }
    into[records] = {key.value, sum.value};
    ++records;
    at = next;
  }
  return {.records = records, .bytes = static_cast<std::size_t>(at - lines.data())};
}

template <class Record>
PairParser<Record> parser_for(const FormatOptions& format) {
  if (format.separator == Separator::space) {
    return format.negative ? parse<Record, Separator::space, true>
                           : parse<Record, Separator::space, false>;
  }
  return format.negative ? parse<Record, Separator::blank, true>
                         : parse<Record, Separator::blank, false>;
}

// Halves are added up apart: no carry to look after.
template <class Record>
Int128 sum_of_any(std::span<const Record> batch) {
  std::int64_t high = 0;
  std::uint64_t low = 0;
  for (const Record& record : batch) {
    high += record.amount >> 32;
    low += static_cast<std::uint64_t>(record.amount) & 0xffffffff;
  }
  return Int128{high} * (Int128{1} << 32) + static_cast<Int128>(low);
}

using TwoWords [[gnu::vector_size(16)]] = std::uint64_t;

[[gnu::always_inline]] inline TwoWords load_two(const void* at) {
  TwoWords words;
  std::memcpy(&words, at, sizeof(words));
  return words;
}

}  // namespace

PairParser<Usage> id_parser(const FormatOptions& format) {
  return parser_for<Usage>(format);
}

PairParser<SmallUsage> small_id_parser(const FormatOptions& format) {
  return format.separator == Separator::space ? parse<SmallUsage, Separator::space, false>
                                              : parse<SmallUsage, Separator::blank, false>;
}

PairParser<TextUsage> text_parser(const FormatOptions& format) {
  return parser_for<TextUsage>(format);
}

// A record is a word here.
std::uint64_t sum_of_amounts(std::span<const SmallUsage> batch) {
  constexpr int amount_bit = std::endian::native == std::endian::little ? 32 : 0;
  TwoWords even{};
  TwoWords odd{};
  for (; batch.size() >= 4; batch = batch.subspan(4)) {
    even += load_two(&batch[0]) >> amount_bit & 0xffffffff;
    odd += load_two(&batch[2]) >> amount_bit & 0xffffffff;
  }
  std::uint64_t sum = even[0] + even[1] + odd[0] + odd[1];
  for (const SmallUsage& record : batch) {
    sum += record.amount;
  }
  return sum;
}

// A record is two words, the amount the second. Most batches hold no amount that could overflow.
Int128 sum_of_amounts(std::span<const Usage> batch) {
  constexpr std::uint64_t records_max = 1 << 20;
  TwoWords sums{};
  TwoWords bits{};
  for (const Usage& record : batch) {
    const TwoWords words = load_two(&record);
    sums += words;
    bits |= words;
  }
  if (batch.size() > records_max || bits[1] > INT64_MAX / records_max) {
    return sum_of_any(batch);
  }
  return static_cast<Int128>(sums[1]);
}

Int128 sum_of_amounts(std::span<const TextUsage> batch) {
  return sum_of_any(batch);
}

}  // namespace weir
