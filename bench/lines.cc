// SPDX-License-Identifier: Apache-2.0
// Makes one file of `consumer amount` lines for a measurement: lines NAME=VALUE… >file
//
//   ids=dense|sparse|uuid|name   1 to N in no order; 63 bits; 36 characters; first.last.number
//   spread=uniform|zipf|one|descending|ascending|stride
//   consumers=N lines=N seed=N
//   digits=20      ids with so many digits, zeros in front
//   bad=1          every second line is none
//   ending=crlf
//
// A consumer is a rank below N, drawn by its spread and then scattered over the ids: which
// consumers are the busy ones says nothing about how large their ids are. Here and not in `weir
// generate` is what a producer never writes.
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::uint64_t amount_max = 99'999;
constexpr std::size_t block_bytes = 1 << 20;
constexpr std::size_t line_bytes_max = 128;

std::uint64_t mixed(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

struct Shape {
  std::string ids = "dense";
  std::string spread = "uniform";
  std::uint64_t consumers = 1;
  std::uint64_t lines = 0;
  std::uint64_t seed = 1;
  std::size_t digits = 0;
  bool bad = false;
  std::string_view ending = "\n";
};

Shape shape_from(const std::map<std::string, std::string>& given) {
  const auto text = [&](const char* name, const char* otherwise) {
    const auto at = given.find(name);
    return at == given.end() ? std::string(otherwise) : at->second;
  };
  const auto number = [&](const char* name, const char* otherwise) {
    return std::strtoull(text(name, otherwise).c_str(), nullptr, 10);
  };
  return {.ids = text("ids", "dense"),
          .spread = text("spread", "uniform"),
          .consumers = number("consumers", "1"),
          .lines = number("lines", "0"),
          .seed = number("seed", "1"),
          .digits = number("digits", "0"),
          .bad = number("bad", "0") != 0,
          .ending = text("ending", "lf") == "crlf" ? "\r\n" : "\n"};
}

// The consumer of each line, as a rank below the number of consumers.
class Ranks {
 public:
  explicit Ranks(const Shape& shape)
      : shape_(shape), state_(mixed(shape.seed)), octaves_(std::log(double(shape.consumers))) {}

  std::uint64_t next(std::uint64_t line) {
    const std::uint64_t n = shape_.consumers;
    if (shape_.spread == "uniform" || shape_.spread == "stride") {
      return scaled(random(), n);
    }
    if (shape_.spread == "zipf") {  // the logarithm of a rank is uniform: its weight is 1/rank
      const auto rank = std::uint64_t(std::exp(double(random() >> 11) * 0x1p-53 * octaves_));
      return scatter(rank < n ? rank : n - 1);
    }
    if (shape_.spread == "descending") {
      return n - 1 - line % n;
    }
    return shape_.spread == "one" ? 0 : line % n;
  }

  std::uint64_t random() {  // xorshift64
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    return state_ ^= state_ << 17;
  }

  static std::uint64_t scaled(std::uint64_t random, std::uint64_t below) {
    return std::uint64_t((static_cast<unsigned __int128>(random) * below) >> 64);
  }

 private:
  // 7919 is a prime that divides none of the numbers of consumers in use.
  std::uint64_t scatter(std::uint64_t rank) const { return rank * 7919 % shape_.consumers; }

  const Shape& shape_;
  std::uint64_t state_;
  double octaves_;
};

std::uint64_t id_of(const Shape& shape, std::uint64_t rank) {
  constexpr std::uint64_t ids = std::uint64_t{1} << 63;
  if (shape.spread == "stride") {
    return (rank + 1) << 32;
  }
  if (shape.ids == "sparse") {
    return shape.spread == "ascending" || shape.spread == "descending"
               ? rank * (ids / shape.consumers)
               : mixed(rank) >> 1;
  }
  return rank + 1;
}

char* write_text(char* to, std::string_view text) {
  text.copy(to, text.size());
  return to + text.size();
}

char* write_number(char* to, std::uint64_t number, std::size_t digits = 0) {
  char text[20];
  const char* end = std::to_chars(text, text + sizeof text, number).ptr;
  for (auto written = std::size_t(end - text); written < digits; ++written) {
    *to++ = '0';
  }
  return write_text(to, {text, std::size_t(end - text)});
}

char* write_uuid(char* to, std::uint64_t rank) {
  constexpr std::string_view hex = "0123456789abcdef";
  const std::uint64_t halves[2] = {mixed(rank), mixed(~rank)};
  for (int digit = 0; digit < 32; ++digit) {
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20) {
      *to++ = '-';
    }
    *to++ = hex[halves[digit / 16] >> (digit % 16 * 4) & 15];
  }
  return to;
}

char* write_name(char* to, std::uint64_t rank) {
  constexpr std::string_view first[8] = {"ada", "grace",  "edsger", "barbara",
                                         "tim", "donald", "leslie", "margaret"};
  constexpr std::string_view last[8] = {"lovelace", "hopper", "dijkstra", "liskov",
                                        "lee",      "knuth",  "lamport",  "hamilton"};
  to = write_text(to, first[rank % 8]);
  *to++ = '.';
  to = write_text(to, last[rank / 8 % 8]);
  *to++ = '.';
  return write_number(to, rank / 64);
}

char* write_consumer(char* to, const Shape& shape, std::uint64_t rank) {
  if (shape.ids == "uuid") {
    return write_uuid(to, rank);
  }
  if (shape.ids == "name") {
    return write_name(to, rank);
  }
  return write_number(to, id_of(shape, rank), shape.digits);
}

void write_all(const char* bytes, std::size_t count) {
  while (count > 0) {
    const ssize_t written = write(STDOUT_FILENO, bytes, count);
    if (written <= 0) {
      std::perror("lines");
      std::exit(1);
    }
    bytes += written;
    count -= std::size_t(written);
  }
}

void write_lines(const Shape& shape) {
  std::vector<char> block(block_bytes + line_bytes_max);
  char* to = block.data();
  Ranks ranks(shape);
  for (std::uint64_t line = 0; line < shape.lines; ++line) {
    to = write_consumer(to, shape, ranks.next(line));
    *to++ = shape.bad && line % 2 == 1 ? '?' : ' ';
    to = write_number(to, 1 + Ranks::scaled(ranks.random(), amount_max));
    to = write_text(to, shape.ending);
    if (to - block.data() >= std::ptrdiff_t(block_bytes)) {
      write_all(block.data(), std::size_t(to - block.data()));
      to = block.data();
    }
  }
  write_all(block.data(), std::size_t(to - block.data()));
}

}  // namespace

int main(int count, char** arguments) {
  std::map<std::string, std::string> given;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    const auto equals = argument.find('=');
    if (equals == std::string_view::npos) {
      std::fprintf(stderr, "lines: NAME=VALUE, not %s\n", arguments[i]);
      return 2;
    }
    given[std::string(argument.substr(0, equals))] = argument.substr(equals + 1);
  }
  write_lines(shape_from(given));
}
