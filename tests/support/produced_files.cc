// SPDX-License-Identifier: Apache-2.0
#include "support/produced_files.h"

namespace weir::testing {
namespace {

constexpr std::uint64_t pause_max = 3'000'000'000;  // ns, in the middle of a file

std::string bytes_of(const auto& lines) {
  std::string bytes;
  for (const auto& line : lines) {
    bytes += std::to_string(line.consumer) + " " + std::to_string(line.amount) + "\n";
  }
  return bytes;
}

}  // namespace

std::vector<ProducedFiles::Line> ProducedFiles::new_lines() {
  std::vector<Line> lines;
  std::uint64_t offset = 0;
  for (std::uint64_t left = below(6); left > 0; --left) {
    lines.push_back({.offset = offset, .consumer = below(5), .amount = below(1000)});
    offset += bytes_of(std::span(&lines.back(), 1)).size();
  }
  return lines;
}

void ProducedFiles::remember(const std::string& path, const std::vector<Line>& lines) {
  if (const auto status = files_.status(path)) {
    versions_[{status->inode, status->modified}] = lines;
  }
}

// A listing is in another order than files came in: who enters several anew gives other numbers.
std::string ProducedFiles::letter() {
  return std::string(1, static_cast<char>('a' + below(26)));
}

void ProducedFiles::produce() {
  const std::string name = letter() + std::to_string(names_.size());
  names_.push_back(name);
  const std::vector<Line> lines = new_lines();
  const std::string bytes = bytes_of(lines);
  if (below(3) != 0) {
    files_.put("/in/." + name, bytes);
    remember("/in/." + name, lines);
    static_cast<void>(files_.rename("/in/." + name, "/in/" + name));
    return;
  }
  auto writer = files_.create("/in/" + name);
  const std::size_t half = bytes.size() / 2;
  static_cast<void>((*writer)->write({bytes.data(), half}));
  simulation_.pause(static_cast<Nanoseconds>(below(pause_max)));
  static_cast<void>((*writer)->write({bytes.data() + half, bytes.size() - half}));
  remember("/in/" + name, lines);
}

bool ProducedFiles::change_one() {
  if (names_.empty()) {
    return false;
  }
  const std::string name = names_[below(names_.size())];
  const std::string path = "/in/" + name;
  const auto status = files_.status(path);
  if (!status) {
    return false;  // it is not there yet
  }
  const auto known = versions_.find({status->inode, status->modified});
  if (known == versions_.end()) {
    return false;
  }
  const std::vector<Line> lines = below(3) == 0 ? known->second : new_lines();
  changed_.insert(name);
  files_.replace(path, bytes_of(lines));
  remember(path, lines);
  return true;
}

ProducedFiles::Amounts ProducedFiles::counted_of(const FileRow& row,
                                                 std::span<const UnitRow> units) const {
  Amounts sums;
  const auto version = versions_.find({row.token.inode, row.token.modified});
  if (version == versions_.end()) {
    return sums;
  }
  const bool whole = row.units_done == row.units;
  for (const Line& line : version->second) {
    bool counted = whole;
    for (const UnitRow& unit : units) {
      const bool within = unit.range.begin <= line.offset && line.offset < unit.range.end;
      counted = counted || (within && unit.state == UnitState::done);
    }
    sums[line.consumer] += counted ? line.amount : 0;
  }
  return sums;
}

std::string ProducedFiles::text_of_version(const FileRow& row) const {
  const auto version = versions_.find({row.token.inode, row.token.modified});
  return version == versions_.end() ? "no known version" : bytes_of(version->second);
}

std::string ProducedFiles::text_of(const Amounts& amounts) {
  std::string text;
  for (const auto& [consumer, sum] : amounts) {
    text += " " + std::to_string(consumer) + ":" + to_text(sum);
  }
  return text;
}

}  // namespace weir::testing
