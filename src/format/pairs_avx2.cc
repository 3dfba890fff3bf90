// SPDX-License-Identifier: Apache-2.0
// Where the bytes of a block cannot be moved to any place in one step (pairs_avx512.cc), its
// numbers are located one by one, but converted eight at a time:
//
//   bytes       "…23 4⏎567 89⏎1…"     64 of them: masks of digits, spaces and line ends, which
//                  ^ ^   ^  ^         format/block_shape.h looks at as a whole
//   locate      for each mark: the eight bytes that begin behind the mark before, moved up until
//               what follows the number has fallen out: one load, one shift, one store
//               "     23" "      4" "    567" "     89"
//   convert     digits, then two, four and eight of them at once: three multiplications of
//               neighbours for eight numbers
//
// Some hundred numbers are located before they are converted: so none is converted for nothing, and
// the loads of vectors do not wait for the stores of words. A number of up to 24 digits takes the
// three words that end in front of its mark.
//
// Cycles a line of 10.8 bytes (Zen 4): 11 with conversion right behind each block, eight or sixteen
// numbers; 10 as here. Wide, lines of 26.9 bytes: 36 number by number, 23 as here. Locating a fixed
// count of numbers, some of them for nothing, instead of as many as there are: 10 and more.
#include "format/pairs_blocks.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <cstring>

#include "format/block_shape.h"

// Vectors::avx2 of base/cpu.h. No lambdas in here: they would not be compiled for it.
#define WEIR_AVX2 gnu::target("avx2,bmi,bmi2,lzcnt,popcnt")
#define WEIR_AVX2_INLINE WEIR_AVX2, gnu::always_inline

namespace weir {
namespace {

constexpr std::size_t located_max = 512;  // numbers: a few KiB in the first-level cache

[[WEIR_AVX2_INLINE]] inline std::uint64_t load_word(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

[[WEIR_AVX2_INLINE]] inline __m256i load(const void* at) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(at));
}

// Bytes '0' to '9' become digits; 0 stays 0.
[[WEIR_AVX2_INLINE]] inline __m256i digits_of(__m256i bytes) {
  return _mm256_subs_epu8(bytes, _mm256_set1_epi8('0'));
}

// Four digits each: two 32-bit values a word.
[[WEIR_AVX2_INLINE]] inline __m256i fours(__m256i digits) {
  const __m256i twos = _mm256_maddubs_epi16(digits, _mm256_set1_epi16(0x010a));  // 10, 1
  return _mm256_madd_epi16(twos, _mm256_set1_epi32(0x00010064));                 // 100, 1
}

// Eight digits each: in a lane of 16 bytes two of `low`, then two of `high`, 32 bits each.
[[WEIR_AVX2_INLINE]] inline __m256i eights(__m256i low, __m256i high) {
  return _mm256_madd_epi16(_mm256_packus_epi32(low, high), _mm256_set1_epi32(0x00012710));
}

// Numbers of up to eight digits.
class Narrow {
 public:
  using Record = SmallUsage;
  static constexpr unsigned digits_max = 8;

  // The number behind `begin` and in front of `end`, which are places in the block.
  [[WEIR_AVX2_INLINE]] void put(std::size_t i, const char* block, std::int64_t begin,
                                std::int64_t end) {
    const auto bits_behind = static_cast<unsigned>(8 * (begin + 1 - end)) & 63;
    words_[i] = load_word(block + begin + 1) << bits_behind;
  }

  // All of them are.
  [[WEIR_AVX2]] std::size_t convert(std::size_t count, std::uint32_t* into) const {
    for (std::size_t i = 0; i < count; i += 8) {
      const __m256i low = fours(digits_of(load(words_ + i)));
      const __m256i high = fours(digits_of(load(words_ + i + 4)));
      const __m256i in_order = _mm256_permute4x64_epi64(eights(low, high), 0xd8);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(into + i), in_order);
    }
    return count;
  }

 private:
  alignas(32) std::uint64_t words_[located_max + 8];
};

// Numbers up to 2^63-1, which has 19 digits; zeros may be in front.
class Wide {
 public:
  using Record = Usage;
  static constexpr unsigned digits_max = 24;

  [[WEIR_AVX2_INLINE]] void put(std::size_t i, const char* block, std::int64_t begin,
                                std::int64_t end) {
    bits_[i] = 8 * (end - begin - 1);
    last_[i] = load_word(block + end - 8);
    middle_[i] = load_word(block + end - 16);
    front_[i] = load_word(block + end - 24);
  }

  // How many of them, from the first on, are up to 2^63-1.
  [[WEIR_AVX2]] std::size_t convert(std::size_t count, std::uint64_t* into) const {
    for (std::size_t i = 0; i < count; i += 4) {
      const __m256i front = front_of_four(i);
      const __m256i values = four(i, front);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(into + i), values);
      // More than 19 digits, or in the sign's place.
      const __m256i over =
          _mm256_or_si256(values, _mm256_cmpgt_epi64(front, _mm256_set1_epi64x(999)));
      const auto large = static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(over)));
      if (large != 0) [[unlikely]] {
        return std::min(count, i + _tzcnt_u32(large));
      }
    }
    return count;
  }

 private:
  // The bytes of words that end `bits_behind` bits before the numbers' ends, without those in front
  // of the numbers.
  [[WEIR_AVX2_INLINE]] static __m256i within(const std::uint64_t* words, __m256i bits,
                                             int bits_behind) {
    const __m256i wanted = _mm256_sub_epi64(_mm256_set1_epi64x(64 + bits_behind), bits);
    const __m256i in_front = _mm256_max_epi32(wanted, _mm256_setzero_si256());  // not negative
    return fours(_mm256_and_si256(digits_of(load(words)),
                                  _mm256_sllv_epi64(_mm256_set1_epi64x(-1), in_front)));
  }

  // What is in front of the last 16 digits, and right only where that is no more than three.
  [[WEIR_AVX2_INLINE]] __m256i front_of_four(std::size_t i) const {
    return _mm256_shuffle_epi32(within(front_ + i, load(bits_ + i), 128), 0xb1);
  }

  [[WEIR_AVX2_INLINE]] __m256i four(std::size_t i, __m256i front) const {
    const __m256i bits = load(bits_ + i);
    const __m256i low = within(last_ + i, bits, 0);
    const __m256i high = within(middle_ + i, bits, 64);
    const __m256i values = eights(low, high);  // a lane: two last, two middle
    const __m256i last = _mm256_srli_epi64(_mm256_shuffle_epi32(values, 0x50), 32);
    const __m256i middle = _mm256_srli_epi64(_mm256_shuffle_epi32(values, 0xfa), 32);
    // 10^16 is 2^32 * 2328306 + 1874919424.
    const __m256i front_high = _mm256_mul_epu32(front, _mm256_set1_epi64x(2'328'306));
    const __m256i front_low = _mm256_mul_epu32(front, _mm256_set1_epi64x(1'874'919'424));
    const __m256i fronts = _mm256_add_epi64(_mm256_slli_epi64(front_high, 32), front_low);
    const __m256i middles = _mm256_mul_epu32(middle, _mm256_set1_epi64x(100'000'000));
    return _mm256_add_epi64(_mm256_add_epi64(fronts, middles), last);
  }

  alignas(32) std::int64_t bits_[located_max + 8];
  alignas(32) std::uint64_t last_[located_max + 8];
  alignas(32) std::uint64_t middle_[located_max + 8];
  alignas(32) std::uint64_t front_[located_max + 8];
};

[[WEIR_AVX2_INLINE]] inline std::uint64_t mask(__m256i low, __m256i high) {
  const auto low_half = static_cast<std::uint32_t>(_mm256_movemask_epi8(low));
  const auto high_half = static_cast<std::uint32_t>(_mm256_movemask_epi8(high));
  return low_half | std::uint64_t{high_half} << 32;
}

[[WEIR_AVX2_INLINE]] inline std::uint64_t equal(__m256i low, __m256i high, char byte) {
  const __m256i wanted = _mm256_set1_epi8(byte);
  return mask(_mm256_cmpeq_epi8(low, wanted), _mm256_cmpeq_epi8(high, wanted));
}

[[WEIR_AVX2_INLINE]] inline __m256i is_digit(__m256i bytes) {
  const __m256i value = _mm256_sub_epi8(bytes, _mm256_set1_epi8('0'));
  return _mm256_cmpeq_epi8(_mm256_min_epu8(value, _mm256_set1_epi8(9)), value);
}

// One block after the other, from the first byte of a line on.
template <class Width, LineEnds ends>
class Run {
 public:
  using Record = typename Width::Record;
  using Number = decltype(Record::consumer);

  [[WEIR_AVX2]] static Parsed parse(std::string_view lines, std::span<Record> into) {
    Run run;
    auto* const numbers = reinterpret_cast<Number*>(into.data());
    std::size_t filled = 0;
    while (run.usual_ && run.at_ < lines.size() && filled + block_room <= 2 * into.size()) {
      const std::size_t begin = line_begin_before(lines, run.at_);
      const std::size_t records = run.records(filled);  // in front of it
      const std::size_t count = run.locate(lines, std::min(located_max, 2 * into.size() - filled));
      const std::size_t good = run.width_.convert(count, numbers + filled);
      filled += good;
      if (good < count) {
        return {.records = filled / 2, .bytes = behind_lines(lines, begin, filled / 2 - records)};
      }
    }
    if (run.at_ >= lines.size()) {
      return {.records = filled / 2, .bytes = lines.size()};
    }
    return {.records = run.records(filled),
            .bytes = line_begin_before(lines, run.at_),
            .long_number = !run.usual_ && run.shape_.only_too_long()};
  }

 private:
  static constexpr bool crlf = ends == LineEnds::crlf;
  static constexpr std::size_t block_room = 2 * block_records_max;

  // Whose lines have ended: not one whose carriage return was the last byte.
  std::size_t records(std::size_t numbers) const {
    return numbers / 2 - (shape_.after_return() ? 1 : 0);
  }

  static std::size_t behind_lines(std::string_view lines, std::size_t at, std::size_t count) {
    for (; count > 0; --count) {
      at = lines.find('\n', at) + 1;
    }
    return at;
  }

  // Puts numbers of whole blocks, while there is room; returns how many.
  [[WEIR_AVX2_INLINE]] std::size_t locate(std::string_view lines, std::size_t room) {
    std::size_t count = 0;
    while (at_ < lines.size() && count + block_room <= room) {
      const char* const block = lines.data() + at_;
      const std::size_t left = lines.size() - at_;
      const std::uint64_t live =
          left < block_bytes ? _bzhi_u64(~0ULL, static_cast<unsigned>(left)) : ~0ULL;
      usual_ = shape_.take(marks(block, live), live);
      if (!usual_) [[unlikely]] {
        break;
      }
      count += put_all(count, block);
      at_ += std::min(left, block_bytes);
    }
    return count;
  }

  [[WEIR_AVX2_INLINE]] static BlockMarks marks(const char* block, std::uint64_t live) {
    const __m256i low = load(block);
    const __m256i high = load(block + 32);
    BlockMarks found{.other = ~mask(is_digit(low), is_digit(high)) & live,
                     .space = equal(low, high, ' ') & live,
                     .line_feed = equal(low, high, '\n') & live};
    if constexpr (crlf) {
      found.carriage_return = equal(low, high, '\r') & live;
    }
    return found;
  }

  // Numbers of the block, from number `first` on; returns how many.
  [[WEIR_AVX2_INLINE]] std::size_t put_all(std::size_t first, const char* block) {
    std::uint64_t separators = shape_.separators();
    std::uint64_t begins = shape_.begins();
    std::int64_t begin = begin_;
    if (crlf && begin == 0) {  // the line feed whose carriage return is in the block before
      begins = _blsr_u64(begins);
    }
    const auto count = static_cast<std::size_t>(_mm_popcnt_u64(separators));
    for (std::size_t i = first; i < first + count; ++i) {
      const auto end = static_cast<std::int64_t>(_tzcnt_u64(separators));
      width_.put(i, block, begin, end);
      separators = _blsr_u64(separators);
      begin = crlf ? static_cast<std::int64_t>(_tzcnt_u64(begins)) : end;
      begins = _blsr_u64(begins);
    }
    begin_ = begin - static_cast<std::int64_t>(block_bytes);
    return count;
  }

  BlockShape<ends, Width::digits_max> shape_;
  std::size_t at_ = 0;       // of the next block
  bool usual_ = true;        // the block there is, as far as was seen
  std::int64_t begin_ = -1;  // the place right before the next number, seen from the next block
  Width width_;
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

BlockParsers avx2_parsers() {
  return {.small = parse_small, .wide = parse_wide};
}

}  // namespace weir

#endif
