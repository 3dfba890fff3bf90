// SPDX-License-Identifier: Apache-2.0
// What a line costs the parser, from bytes in the second-level cache to batches in a sink that does
// nothing: each way, by kind of line, in nanoseconds and in cycles. The fastest of many runs.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <random>
#include <string>

#include "format/tally.h"

namespace {

using namespace weir;

class NoSink final : public UsageSink {
 public:
  void add(std::span<const Usage> /*batch*/) override {}
  void add(std::span<const SmallUsage> /*batch*/) override {}
  void add(std::span<const TextUsage> /*batch*/) override {}
};

using Random = std::mt19937_64;
constexpr std::uint64_t sparse_begin = 1'000'000'000'000'000'000;

std::string pair(std::uint64_t consumer, std::uint64_t amount) {
  return std::to_string(consumer) + " " + std::to_string(amount);
}

std::string dense(Random& random) {
  return pair(1 + random() % 10'000, random() % 100'000) + "\n";
}
std::string eight_digits(Random& random) {
  return pair(random() % 100'000'000, random() % 100'000) + "\n";
}
std::string short_lines(Random& random) {
  return pair(random() % 100, random() % 100) + "\n";
}
std::string carriage_returns(Random& random) {
  return pair(1 + random() % 10'000, random() % 100'000) + "\r\n";
}
std::string sparse(Random& random) {
  return pair(sparse_begin + random() % (8 * sparse_begin), 1 + random() % 999'999) + "\n";
}
std::string sparse_with_long_amounts(Random& random) {
  return pair(sparse_begin + random() % (8 * sparse_begin), random() % 100'000'000'000) + "\n";
}
std::string now_and_then(Random& random, const char* line) {
  return random() % 100 == 0 ? line : dense(random);
}
std::string a_long_one_in_a_hundred(Random& random) {
  return now_and_then(random, "123456789012 1\n");
}
std::string a_blank_one_in_a_hundred(Random& random) {
  return now_and_then(random, "\n");
}
std::string a_bad_one_in_a_hundred(Random& random) {
  return now_and_then(random, "17 x\n");
}
std::string every_other_bad(Random& random) {
  return random() % 2 == 0 ? dense(random) : pair(random() % 10'000, random() % 1'000) + "x\n";
}
std::string all_bad(Random& random) {
  return std::to_string(random() % 1'000'000) + "\n";
}
std::string twenty_digits(Random& random) {
  return std::to_string(10 * sparse_begin + random() % sparse_begin) + " 12345\n";
}
std::string twenty_digits_with_zeros(Random& random) {
  return "0000000000" + std::to_string(1'000'000'000 + random() % 1'000'000'000) + " 12345\n";
}
std::string every_other_negative(Random& random) {
  return std::to_string(random() % 10'000) + (random() % 2 == 0 ? " -" : " ") +
         std::to_string(random() % 100'000) + "\n";
}

struct Kind {
  const char* name;
  std::string (*line)(Random& random);
  bool negative = false;
};

constexpr std::array kinds = {
    Kind{"dense", dense},
    Kind{"eight digits", eight_digits},
    Kind{"short", short_lines},
    Kind{"CR LF", carriage_returns},
    Kind{"sparse, 19 digits", sparse},
    Kind{"sparse, long amounts", sparse_with_long_amounts},
    Kind{"1% long", a_long_one_in_a_hundred},
    Kind{"1% blank", a_blank_one_in_a_hundred},
    Kind{"1% bad", a_bad_one_in_a_hundred},
    Kind{"50% bad", every_other_bad},
    Kind{"all bad", all_bad},
    Kind{"20 digits, too large", twenty_digits},
    Kind{"20 digits, zeros", twenty_digits_with_zeros},
    Kind{"50% negative", every_other_negative, true},
};

double nanoseconds_now() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::nano>(now).count();
}

// Of a chain of additions, one a cycle.
double nanoseconds_per_cycle() {
  constexpr int additions = 10'000'000;
  double best = 1e300;
  for (int run = 0; run < 10; ++run) {
    std::uint64_t value = 1;
    const double begin = nanoseconds_now();
    for (int i = 0; i < additions; ++i) {
      asm volatile("" : "+r"(value));
      value += 3;
    }
    asm volatile("" : : "r"(value));
    best = std::min(best, (nanoseconds_now() - begin) / additions);
  }
  return best;
}

struct Measured {
  double nanoseconds_a_line = 0;
  double bytes_a_line = 0;
};

Measured measure(const Kind& kind, Vectors vectors) {
  constexpr std::size_t block_bytes = 256 << 10;
  constexpr int runs = 300;
  Random random(1);
  std::string bytes(pairs_margin_bytes, '\n');
  std::size_t lines = 0;
  for (; bytes.size() < block_bytes; ++lines) {
    bytes += kind.line(random);
  }
  const std::size_t size = bytes.size() - pairs_margin_bytes;
  bytes += std::string(pairs_margin_bytes, '\n');
  NoSink sink;
  Tally tally({.rejects_kept = 10, .vectors = vectors});
  double best = 1e300;
  for (int run = 0; run < runs; ++run) {
    tally.begin({.negative = kind.negative}, sink);
    const double begin = nanoseconds_now();
    tally.whole_lines(std::string_view(bytes).substr(pairs_margin_bytes, size), 1);
    best = std::min(best, nanoseconds_now() - begin);
  }
  return {best / static_cast<double>(lines),
          static_cast<double>(size) / static_cast<double>(lines)};
}

}  // namespace

int main() {
  const double cycle = nanoseconds_per_cycle();
  std::printf("%-22s %6s", "a line, ns and cycles", "bytes");
  for (const Vectors vectors : {Vectors::portable, Vectors::avx2, Vectors::avx512}) {
    std::printf("  %14s", std::string(to_text(vectors)).c_str());
  }
  for (const Kind& kind : kinds) {
    std::printf("\n%-22s", kind.name);
    for (const Vectors vectors : {Vectors::portable, Vectors::avx2, Vectors::avx512}) {
      if (vectors > vectors_of_machine()) {
        continue;
      }
      const Measured measured = measure(kind, vectors);
      if (vectors == Vectors::portable) {
        std::printf(" %6.1f", measured.bytes_a_line);
      }
      std::printf("  %6.2f %7.1f", measured.nanoseconds_a_line,
                  measured.nanoseconds_a_line / cycle);
    }
    std::fflush(stdout);
  }
  std::printf("\n");
}
