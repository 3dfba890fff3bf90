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
#if defined(__x86_64__)
#include <emmintrin.h>
#endif

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

struct KeyEnd {
  const char* at = nullptr;
  bool ascii = false;  // all before it
};

// The first byte up to a space.
#if defined(__x86_64__)
// 32 bytes at a time, in vectors that every processor has: most keys end within the first, and
// there is no branch to mispredict.
[[gnu::always_inline]] inline KeyEnd key_end(const char* at) {
  const __m128i space = _mm_set1_epi8(' ');
  std::uint32_t beyond_ascii = 0;
  for (;; at += 32) {
    const __m128i first = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i second = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16));
    const auto marks = [](__m128i low, __m128i high) {
      return static_cast<std::uint32_t>(_mm_movemask_epi8(low)) |
             static_cast<std::uint32_t>(_mm_movemask_epi8(high)) << 16;
    };
    const std::uint32_t ends = marks(_mm_cmpeq_epi8(_mm_min_epu8(first, space), first),
                                     _mm_cmpeq_epi8(_mm_min_epu8(second, space), second));
    const std::uint32_t beyond = marks(first, second);
    if (ends != 0) [[likely]] {
      beyond_ascii |= beyond & (ends ^ (ends - 1));  // up to the lowest end
      return {at + std::countr_zero(ends), beyond_ascii == 0};
    }
    beyond_ascii |= beyond;
  }
}
#else
[[gnu::always_inline]] inline KeyEnd key_end(const char* at) {
  const auto ends_in = [](Word word) {
    return (word - each_byte(' ' + 1)) & ~word & each_byte(0x80);
  };
  Word beyond_ascii = 0;
  Word word = load_word(at);
  while (ends_in(word) == 0) {
    beyond_ascii |= word;
    at += 8;
    word = load_word(at);
  }
  const Word ends = ends_in(word);
  beyond_ascii |= word & (ends ^ (ends - 1));  // up to the lowest end
  return {at + bytes_below(ends), (beyond_ascii & each_byte(0x80)) == 0};
}
#endif

// A key without control characters ends at the first byte up to a space. (Bytes below that the key
// may hold, a tab say, are left to the referee.)
template <Separator separator>
[[gnu::always_inline]] inline Read<std::string_view> consumer(const char* at, const TextUsage&) {
  const KeyEnd end = key_end(at);
  const std::string_view key(at, static_cast<std::size_t>(end.at - at));
  const bool separated = *end.at == ' ' || (separator == Separator::blank && *end.at == '\t');
  const bool usual =
      separated && key.size() - 1 < limits::text_key_bytes && (end.ascii || is_utf8(key));
  return {key, usual ? end.at : nullptr};
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

// The line at `at`, where it is "key amount" of at most 64 bytes, the key ASCII, and the amount of
// at most seven digits: most are. Both ends are found at once, so that the next line waits for
// nothing else. An end of nowhere: it is not so, or this machine has no vectors for it.
struct ShortLine {
  std::size_t key_bytes = 0;
  std::int64_t amount = 0;
  const char* end = nullptr;
};
#if defined(__x86_64__)
// Of each of 16 bytes, a bit where it is up to a space; of each beyond ASCII, one.
[[gnu::always_inline]] inline std::uint64_t marks_up_to_space(__m128i bytes) {
  const __m128i up_to = _mm_min_epu8(bytes, _mm_set1_epi8(' '));
  return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(up_to, bytes)));
}
[[gnu::always_inline]] inline std::uint64_t marks_beyond_ascii(__m128i bytes) {
  return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes));
}

[[gnu::always_inline]] inline ShortLine short_line(const char* at) {
  const auto load = [at](int part) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at) + part);
  };
  const __m128i a = load(0);
  const __m128i b = load(1);
  const __m128i c = load(2);
  const __m128i d = load(3);
  const std::uint64_t ends = marks_up_to_space(a) | marks_up_to_space(b) << 16 |
                             marks_up_to_space(c) << 32 | marks_up_to_space(d) << 48;
  const std::uint64_t beyond_ascii = marks_beyond_ascii(a) | marks_beyond_ascii(b) << 16 |
                                     marks_beyond_ascii(c) << 32 | marks_beyond_ascii(d) << 48;
  const std::uint64_t more_ends = ends & (ends - 1);
  const auto key = static_cast<std::size_t>(std::countr_zero(ends));
  const auto line = static_cast<std::size_t>(std::countr_zero(more_ends));
  if (more_ends == 0 || key == 0 || at[key] != ' ' || at[line] != '\n' ||
      (beyond_ascii & ((ends ^ more_ends) - 1)) != 0) [[unlikely]] {
    return {};
  }
  const Word digits = digits_at(at + key + 1);
  const std::size_t count = line - key - 1;
  if (count - 1 > 6 || digit_count(digits) != count) [[unlikely]] {
    return {};
  }
  const Word amount = value_of(only(digits, static_cast<unsigned>(count)));
  return {key, static_cast<std::int64_t>(amount), at + line + 1};
}
#else
[[gnu::always_inline]] inline ShortLine short_line(const char* /*at*/) {
  return {};
}
#endif

Parsed parse_texts(std::string_view lines, std::uint64_t record_bytes_max,
                   std::span<TextUsage> into) {
  const char* at = lines.data();
  const char* const end = at + lines.size();
  std::size_t records = 0;
  while (at != end && records != into.size()) {
    const ShortLine line = short_line(at);
    if (line.end == nullptr || static_cast<std::uint64_t>(line.end - at) > record_bytes_max)
        [[unlikely]] {
      const auto bytes = static_cast<std::size_t>(at - lines.data());
      const Parsed one = parse<TextUsage, Separator::space, false>(
          lines.substr(bytes), record_bytes_max, into.subspan(records, 1));
      if (one.records == 0) {
        break;
      }
      at += one.bytes;
    } else {
      // Field by field: a record that is put together first would be waited for.
      into[records].consumer = {at, line.key_bytes};
      into[records].amount = line.amount;
      at = line.end;
    }
    ++records;
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
  const bool usual = format.separator == Separator::space && !format.negative;
  return usual ? parse_texts : parser_for<TextUsage>(format);
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
