// SPDX-License-Identifier: Apache-2.0
// Producers in a simulated world, and their own books: what every version of every file held, so
// that whatever a ledger says is counted can be added up by somebody else.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "io/memory.h"
#include "model/file.h"
#include "support/simulation.h"

namespace weir::testing {

// Files "c0", "a1", … in the folder /in. On fibers of the simulation. Borrows all.
class ProducedFiles {
 public:
  using Amounts = std::map<std::uint64_t, Int128>;  // by consumer

  ProducedFiles(MemoryFileSystem& files, Random& choice, Simulation& simulation)
      : files_(files), choice_(choice), simulation_(simulation) {}

  void produce();     // one more: by a rename, or slowly under its own name
  bool change_one();  // other bytes, or the same ones anew; false: there is none

  const std::vector<std::string>& names() const { return names_; }
  bool changed(const std::string& name) const { return changed_.contains(name); }
  // What is counted of a file, where its row and its units say so.
  Amounts counted_of(const FileRow& row, std::span<const UnitRow> units) const;

  // For messages: what a version held, and sums.
  std::string text_of_version(const FileRow& row) const;
  static std::string text_of(const Amounts& amounts);

 private:
  struct Line {
    std::uint64_t offset = 0;  // of its first byte
    std::uint64_t consumer = 0;
    std::uint64_t amount = 0;
  };
  using Version = std::pair<std::uint64_t, Nanoseconds>;  // inode and time: no two are alike

  std::uint64_t below(std::uint64_t bound) { return choice_.next() % bound; }
  std::vector<Line> new_lines();
  std::string letter();
  void remember(const std::string& path, const std::vector<Line>& lines);

  MemoryFileSystem& files_;
  Random& choice_;
  Simulation& simulation_;
  std::vector<std::string> names_;
  std::set<std::string> changed_;
  std::map<Version, std::vector<Line>> versions_;
};

}  // namespace weir::testing
