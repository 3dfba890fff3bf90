// SPDX-License-Identifier: Apache-2.0
// The totals of a file, the obvious way: reference FILE >totals
// Sums lines of a consumer, one space and digits; passes over every other line.
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

void add_line(std::unordered_map<std::string, std::uint64_t>& totals, std::string_view line) {
  if (!line.empty() && line.back() == '\r') {
    line.remove_suffix(1);
  }
  const auto space = line.find(' ');
  if (space == std::string_view::npos || space == 0 || !is_number(line.substr(space + 1))) {
    return;
  }
  totals[std::string(line.substr(0, space))] += std::stoull(std::string(line.substr(space + 1)));
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    return 2;
  }
  std::unordered_map<std::string, std::uint64_t> totals;
  std::ifstream file(arguments[1]);
  for (std::string line; std::getline(file, line);) {
    add_line(totals, line);
  }
  for (const auto& [consumer, total] : totals) {
    std::printf("%s %llu\n", consumer.c_str(), (unsigned long long)total);
  }
  return file.bad() ? 1 : 0;
}
