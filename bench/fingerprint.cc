// SPDX-License-Identifier: Apache-2.0
// What a file of totals says, whatever its order: fingerprint FILE…
// Prints for each file: the number of lines, the sum of the totals, and the sum of a hash of each
// (consumer, total); both sums modulo 2^64. Fields are apart by a space, a comma or a tab; quotes
// around a consumer, and zeros before one that is a number, mean nothing.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

namespace {

std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93;
  x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93;
  return x ^ (x >> 32);
}

// FNV-1a
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char byte : text) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3;
  }
  return hash;
}

std::string_view plain(std::string_view consumer) {
  if (consumer.size() >= 2 && consumer.front() == '"' && consumer.back() == '"') {
    consumer = consumer.substr(1, consumer.size() - 2);
  }
  while (consumer.size() > 1 && consumer.front() == '0' &&
         consumer.find_first_not_of("0123456789") == std::string_view::npos) {
    consumer.remove_prefix(1);
  }
  return consumer;
}

bool print_fingerprint(const char* path) {
  std::ifstream file(path);
  std::uint64_t lines = 0;
  std::uint64_t total = 0;
  std::uint64_t fingerprint = 0;
  for (std::string line; std::getline(file, line); ++lines) {
    const auto between = line.find_last_of(" ,\t");
    if (between == std::string::npos) {
      std::fprintf(stderr, "%s:%llu: no total: %s\n", path, (unsigned long long)lines + 1,
                   line.c_str());
      return false;
    }
    const std::uint64_t amount = std::strtoull(line.c_str() + between + 1, nullptr, 10);
    total += amount;
    fingerprint += mixed(hash_of(plain(std::string_view(line).substr(0, between))) ^ mixed(amount));
  }
  std::printf("%llu %llu %016llx\n", (unsigned long long)lines, (unsigned long long)total,
              (unsigned long long)fingerprint);
  return !file.bad();
}

}  // namespace

int main(int count, char** arguments) {
  for (int i = 1; i < count; ++i) {
    if (!print_fingerprint(arguments[i])) {
      return 1;
    }
  }
}
