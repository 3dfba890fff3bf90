// SPDX-License-Identifier: Apache-2.0
// 64 bytes of lines to numbers, with no work that is done a line: every step below does all numbers
// of a block at once, and no branch depends on where they begin and end.
//
//   bytes      "…|23 4⏎567 89⏎1"      | the edge to the block before; "1" and "…" go on outside
//   other         2   4   8   11      positions of what is no digit, compressed to the front
//   begins       -3   2   4   8       the same, one number later: what each number begins behind
//   turns         space, end, space, end: picked out of the line ends by PEXT, one comparison
//   lengths       other - begins - 1: none is 0, none over 8 (wide: 24)
//
// If turns or lengths are off, the block is not usual, and somebody else reads its lines. Else:
//
//   places       other-8 … other-1    of each number, whatever it is long: eight bytes a number
//   digits       fetched from this block and the one before, 0 where a place is not behind `begins`
//                00000123 00000004 00000567 00000089
//   values       12 3, then 123, then all: three multiplications of neighbours
//
// A number of up to 24 digits takes three such windows, other-24 … other-1; but where consumers are
// long, amounts seldom are, so the two further ones are fetched for every other number alone.
//
// What was tried, in cycles a line of 10.8 bytes (Zen 4, second-level cache):
//   positions one by one, tzcnt and blsr      10 to 12, as in pairs_avx2.cc
//   as here, eight numbers at a time           4.3
//   sixteen: halves packed in front of the last multiplication        4.2
//   constants kept in registers, in spite of g++                      4.0
//   lengths compared as a vector, not by smearing a mask              3.6
// Where loads begin makes no difference, so a run begins at its first line's first byte. Wide,
// lines of 26.9 bytes: 18 with three windows for each number, 14.5 as here.
#include "format/pairs_blocks.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>

#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // falsely, within g++ 12's immintrin.h
#endif

// Vectors::avx512 of base/cpu.h. No lambdas and no calls of other headers' functions in here: they
// would not be compiled for these.
#define WEIR_AVX512                                                                        \
  gnu::target(                                                                             \
      "avx2,bmi,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512vbmi," \
      "avx512vbmi2")
#define WEIR_AVX512_INLINE WEIR_AVX512, gnu::always_inline

namespace weir {
namespace {

using Bytes = std::array<std::int8_t, 64>;

template <class Function>
constexpr Bytes table(Function byte_at) {
  Bytes bytes{};
  for (int i = 0; i < 64; ++i) {
    bytes[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(byte_at(i));
  }
  return bytes;
}

alignas(64) constexpr Bytes position = table([](int i) { return i; });
// From two registers: the first byte of the second, then the first register.
alignas(64) constexpr Bytes one_later = table([](int i) { return i == 0 ? 64 : i - 1; });

// Which number's digits the eight bytes of each word are to hold. Of sixteen numbers 0 1 4 5 8 9 12
// 13 first, and then 2 3 6 7 10 11 14 15: packed lane by lane of 16 bytes they are in order again.
alignas(64) constexpr Bytes first_of_sixteen = table([](int i) { return i / 16 * 4 + i / 8 % 2; });
alignas(64) constexpr Bytes eight = table([](int i) { return i / 8; });
alignas(64) constexpr std::array<Bytes, 2> every_other_of_eight = {
    table([](int i) { return i / 16 * 2; }), table([](int i) { return i / 16 * 2 + 1; })};

// Which of its digits, counted back from the separator behind it.
alignas(64) constexpr Bytes last_eight = table([](int i) { return i % 8 - 8; });
alignas(64) constexpr Bytes sixteen_before = table([](int i) { return i % 16 - 24; });

using Words = std::array<std::uint64_t, 8>;
constexpr std::uint64_t e8 = 100'000'000;
alignas(64) constexpr std::array<Words, 2> scale_of_every_other = {
    Words{e8, 0, e8, 0, e8, 0, e8, 0}, Words{0, e8, 0, e8, 0, e8, 0, e8}};

[[WEIR_AVX512_INLINE]] inline __m512i load(const Bytes& bytes) {
  return _mm512_load_si512(bytes.data());
}

[[WEIR_AVX512_INLINE]] inline __m512i each(char byte) {
  return _mm512_set1_epi8(byte);
}

// Stays in a register: g++ would make it anew in every turn of a loop.
[[WEIR_AVX512_INLINE]] inline __m512i kept(__m512i constant) {
  asm("" : "+v"(constant));
  return constant;
}

// Where the numbers of a block are, and their digits: a byte each.
struct Fields {
  __m512i digits;
  __m512i digits_before;  // of the block before: positions -64 to -1
  __m512i begins;         // the position right before number i
  __m512i ends;           // at i + 1: the position right behind number i
  __m512i lengths;        // of number i, less 1
  std::uint64_t amounts;  // a bit a number: which are amounts, which consumers
};

// Digits of eight numbers, a word each, zeros in front. `which`: see the tables.
[[WEIR_AVX512_INLINE]] inline __m512i digits_of(const Fields& fields, __m512i which,
                                                __m512i window) {
  const __m512i begins = _mm512_permutexvar_epi8(which, fields.begins);
  const __m512i ends = _mm512_permutexvar_epi8(_mm512_add_epi8(which, each(1)), fields.ends);
  const __m512i places = _mm512_add_epi8(ends, window);
  // Seven bits of a place count: a negative one is in the second register, the block before.
  return _mm512_maskz_permutex2var_epi8(_mm512_cmpgt_epi8_mask(places, begins), fields.digits,
                                        places, fields.digits_before);
}

// Four digits each: two 32-bit values a word.
[[WEIR_AVX512_INLINE]] inline __m512i fours(__m512i digits) {
  const __m512i twos = _mm512_maddubs_epi16(digits, _mm512_set1_epi16(0x010a));  // 10, 1
  return _mm512_madd_epi16(twos, _mm512_set1_epi32(0x00010064));                 // 100, 1
}

// Eight digits each: in a lane of 16 bytes two of `low`, then two of `high`, 32 bits each.
[[WEIR_AVX512_INLINE]] inline __m512i eights(__m512i low, __m512i high) {
  return _mm512_madd_epi16(_mm512_packus_epi32(low, high), _mm512_set1_epi32(0x00012710));
}

template <int first, int second, int third, int fourth>
[[WEIR_AVX512_INLINE]] inline __m512i shuffled(__m512i values) {
  return _mm512_shuffle_epi32(
      values, static_cast<_MM_PERM_ENUM>(first | second << 2 | third << 4 | fourth << 6));
}

// Numbers of up to eight digits.
struct Narrow {
  using Record = SmallUsage;
  static constexpr char digits_max = 8;

  [[WEIR_AVX512_INLINE]] static void sixteen(const Fields& fields, char first,
                                             std::uint32_t* into) {
    const __m512i low = _mm512_add_epi8(load(first_of_sixteen), each(first));
    const __m512i high = _mm512_add_epi8(low, each(2));
    const __m512i window = load(last_eight);
    _mm512_storeu_si512(into, eights(fours(digits_of(fields, low, window)),
                                     fours(digits_of(fields, high, window))));
  }

  [[WEIR_AVX512_INLINE]] static bool convert(const Fields& fields, unsigned count,
                                             std::uint32_t* into) {
    sixteen(fields, 0, into);
    if (count > 16) [[unlikely]] {
      sixteen(fields, 16, into + 16);
    }
    return true;
  }
};

// Numbers up to 2^63-1, which has 19 digits; zeros may be in front.
struct Wide {
  using Record = Usage;
  static constexpr char digits_max = 24;

  // The last two values of a lane are the front of its number `odd`: in its place, as one value.
  [[WEIR_AVX512_INLINE]] static __m512i front(__m512i values, std::size_t odd) {
    const __m512i scale = _mm512_load_si512(scale_of_every_other[odd].data());
    const __m512i first = shuffled<2, 2, 2, 2>(values);
    const __m512i second = _mm512_srli_epi64(shuffled<3, 3, 3, 3>(values), 32);
    return _mm512_add_epi64(_mm512_mul_epu32(first, scale), second);
  }

  [[WEIR_AVX512_INLINE]] static __m512i front_fours(const Fields& fields, __m512i first,
                                                    std::size_t odd) {
    const __m512i which = _mm512_add_epi8(load(every_other_of_eight[odd]), first);
    return fours(digits_of(fields, which, load(sixteen_before)));
  }

  // A front of more than 11 digits, 19 with the eight behind it. What fits there fits 64 bits.
  [[WEIR_AVX512_INLINE]] static unsigned too_long(__m512i front) {
    return _cvtmask8_u32(
        _mm512_cmpgt_epu64_mask(front, _mm512_set1_epi64(1000 * static_cast<long long>(e8) - 1)));
  }

  [[WEIR_AVX512_INLINE]] static __m512i scaled(__m512i front, std::size_t odd) {
    return _mm512_mullo_epi64(front, _mm512_load_si512(scale_of_every_other[odd].data()));
  }

  // The consumers among them may be long; amounts only if it is said. Which are over 2^63-1.
  [[WEIR_AVX512_INLINE]] static unsigned eight_from(const Fields& fields, char number,
                                                    bool long_amounts, std::uint64_t* into) {
    const std::size_t consumers = fields.amounts & 1;  // their first of two: 0, unless that is one
    const __m512i first = each(number);
    const __m512i which = _mm512_add_epi8(load(eight), first);
    const __m512i low = fours(digits_of(fields, which, load(last_eight)));
    const __m512i values = eights(low, front_fours(fields, first, consumers));
    const __m512i last = _mm512_maskz_mov_epi32(0x5555, shuffled<0, 0, 1, 1>(values));
    const __m512i fronts = front(values, consumers);
    unsigned too_large = too_long(fronts);
    __m512i sums = _mm512_add_epi64(last, scaled(fronts, consumers));
    if (long_amounts) {
      const __m512i more = eights(low, front_fours(fields, first, 1 - consumers));
      const __m512i other_fronts = front(more, 1 - consumers);
      too_large |= too_long(other_fronts);
      sums = _mm512_add_epi64(sums, scaled(other_fronts, 1 - consumers));
    }
    _mm512_storeu_si512(into, sums);
    return too_large | _cvtmask8_u32(_mm512_movepi64_mask(sums));
  }

  [[WEIR_AVX512_INLINE]] static bool convert(const Fields& fields, unsigned count,
                                             std::uint64_t* into) {
    const std::uint64_t longer =
        _cvtmask64_u64(_mm512_cmpgt_epi8_mask(fields.lengths, each(Narrow::digits_max - 1)));
    const bool long_amounts = (longer & fields.amounts) != 0;
    unsigned too_large = _bzhi_u32(eight_from(fields, 0, long_amounts, into), count);
    for (unsigned first = 8; first < count; first += 8) {
      const auto number = static_cast<char>(first);
      too_large |= _bzhi_u32(eight_from(fields, number, long_amounts, into + first), count - first);
    }
    return too_large == 0;
  }
};

// One block after the other, from the first byte of a line on.
template <class Width, LineEnds ends>
class Run {
 public:
  using Record = typename Width::Record;
  using Number = decltype(Record::consumer);

  [[WEIR_AVX512]] static Parsed parse(std::string_view lines, std::span<Record> into) {
    Run run;
    auto* const numbers = reinterpret_cast<Number*>(into.data());
    std::size_t filled = 0;
    std::size_t at = 0;
    while (filled + block_numbers_max <= 2 * into.size()) {
      const std::size_t left = lines.size() - at;
      if (left >= block_bytes) [[likely]] {
        run.bytes_ = _mm512_loadu_si512(lines.data() + at);
      } else if (left > 0) {  // behind the last line: digits, but no number
        const std::uint64_t live = _bzhi_u64(~0ULL, static_cast<unsigned>(left));
        run.bytes_ = _mm512_mask_loadu_epi8(run.zero_, live, lines.data() + at);
      } else {
        return {.records = filled / 2, .bytes = lines.size()};
      }
      if (!run.find() || !Width::convert(run.fields_, run.count_, numbers + filled)) [[unlikely]] {
        break;
      }
      run.move_on();
      filled += run.count_;
      at += std::min(left, block_bytes);
    }
    // A line whose carriage return was the last byte has not ended yet.
    return {.records = filled / 2 - run.after_return_,
            .bytes = line_begin_before(lines, at),
            .long_number = run.too_long_};
  }

 private:
  static constexpr bool crlf = ends == LineEnds::crlf;

  // Marks and places what is in bytes_. False: not usual.
  [[WEIR_AVX512_INLINE]] bool find() {
    fields_.digits = _mm512_sub_epi8(bytes_, zero_);
    const __mmask64 other = _mm512_cmpgt_epu8_mask(fields_.digits, nine_);
    const __mmask64 separators =
        crlf ? _mm512_mask_cmpneq_epi8_mask(other, bytes_, line_feed_) : other;
    const __mmask64 line_ends = _mm512_mask_cmpneq_epi8_mask(separators, bytes_, space_);
    const __mmask64 unknown =
        _mm512_mask_cmpneq_epi8_mask(line_ends, bytes_, crlf ? each('\r') : line_feed_);
    separators_ = _cvtmask64_u64(separators);
    count_ = static_cast<unsigned>(_mm_popcnt_u64(separators_));
    const std::uint64_t numbers = _bzhi_u64(~0ULL, count_);
    place(separators);
    std::uint64_t turns =
        _pext_u64(_cvtmask64_u64(line_ends), separators_) ^ (fields_.amounts & numbers);
    if constexpr (crlf) {  // a line feed behind each carriage return, and nowhere else
      const std::uint64_t line_feeds = _cvtmask64_u64(other) ^ separators_;
      turns |= line_feeds ^ (_cvtmask64_u64(line_ends) << 1 | after_return_);
      returns_ = _cvtmask64_u64(line_ends);
    }
    const __mmask64 wrong_length =
        _mm512_mask_cmpgt_epu8_mask(_cvtu64_mask64(numbers), fields_.lengths, length_max_);
    if (turns == 0 && _kortestz_mask64_u8(unknown, wrong_length) != 0) [[likely]] {
      return true;
    }
    const __mmask64 empty =
        _mm512_mask_cmpeq_epi8_mask(_cvtu64_mask64(numbers), fields_.lengths, each(-1));
    too_long_ = turns == 0 && _kortestz_mask64_u8(unknown, empty) != 0;
    return false;
  }

  [[WEIR_AVX512_INLINE]] void place(__mmask64 separators) {
    const __m512i found = _mm512_maskz_compress_epi8(separators, load(position));
    const __m512i before = _mm512_castsi128_si512(_mm_cvtsi32_si128(last_before_));
    fields_.ends = _mm512_permutex2var_epi8(found, load(one_later), before);
    fields_.begins = fields_.ends;
    if constexpr (crlf) {  // in front of a consumer stands the line feed
      const short one = (fields_.amounts & 1) != 0 ? 0x0100 : 0x0001;
      fields_.begins = _mm512_add_epi8(fields_.begins, _mm512_set1_epi16(one));
    }
    fields_.lengths = _mm512_sub_epi8(_mm512_sub_epi8(found, fields_.begins), two_);
  }

  [[WEIR_AVX512_INLINE]] void move_on() {
    fields_.digits_before = fields_.digits;
    fields_.amounts = std::rotr(fields_.amounts, static_cast<int>(count_));
    last_before_ = -1 - static_cast<int>(_lzcnt_u64(separators_));
    if constexpr (crlf) {
      after_return_ = returns_ >> 63;
    }
  }

  [[WEIR_AVX512_INLINE]] Run()
      : zero_(kept(each('0'))),
        nine_(kept(each(9))),
        space_(kept(each(' '))),
        line_feed_(kept(each('\n'))),
        two_(kept(each(2))),
        length_max_(kept(each(Width::digits_max - 1))) {
    fields_.digits_before = _mm512_setzero_si512();
    fields_.amounts = 0xaaaaaaaaaaaaaaaa;
  }

  const __m512i zero_;
  const __m512i nine_;
  const __m512i space_;
  const __m512i line_feed_;
  const __m512i two_;
  const __m512i length_max_;

  __m512i bytes_;
  std::uint64_t separators_ = 0;
  std::uint64_t returns_ = 0;
  unsigned count_ = 0;  // of separators
  Fields fields_;

  // What the block before left.
  int last_before_ = crlf ? -2 : -1;  // the position of its last separator
  std::uint64_t after_return_ = 0;
  bool too_long_ = false;
};

Parsed parse_small(LineEnds ends, std::string_view lines, std::span<SmallUsage> into) {
  return ends == LineEnds::lf ? Run<Narrow, LineEnds::lf>::parse(lines, into)
                              : Run<Narrow, LineEnds::crlf>::parse(lines, into);
}

Parsed parse_wide(LineEnds ends, std::string_view lines, std::span<Usage> into) {
  return ends == LineEnds::lf ? Run<Wide, LineEnds::lf>::parse(lines, into)
                              : Run<Wide, LineEnds::crlf>::parse(lines, into);
}

}  // namespace

BlockParsers avx512_parsers() {
  return {.small = parse_small, .wide = parse_wide};
}

}  // namespace weir

#endif
