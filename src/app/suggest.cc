// SPDX-License-Identifier: Apache-2.0
#include "app/suggest.h"

#include <algorithm>
#include <vector>

namespace weir {
namespace {

// How many characters must be put in, taken out, exchanged, or swapped with their neighbour (the
// optimal string alignment distance).
std::size_t distance(std::string_view from, std::string_view to) {
  const std::size_t columns = to.size() + 1;
  std::vector<std::size_t> steps((from.size() + 1) * columns);
  const auto at = [&steps, columns](std::size_t i, std::size_t j) -> std::size_t& {
    return steps[i * columns + j];
  };
  for (std::size_t i = 0; i <= from.size(); ++i) {
    for (std::size_t j = 0; j <= to.size(); ++j) {
      if (i == 0 || j == 0) {
        at(i, j) = i + j;
        continue;
      }
      const bool same = from[i - 1] == to[j - 1];
      at(i, j) = std::min({at(i - 1, j - 1) + (same ? 0 : 1), at(i - 1, j) + 1, at(i, j - 1) + 1});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
        at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
      }
    }
  }
  return steps.back();
}

}  // namespace

std::string nearest(std::string_view typed, std::span<const std::string> candidates) {
  constexpr std::size_t typed_bytes_max = 64;  // longer is no slip of the fingers
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(typed.size() / 3, 1) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t steps =
        typed.size() > typed_bytes_max ? best_distance : distance(typed, candidate);
    if (steps < best_distance) {
      best = candidate;
      best_distance = steps;
    }
  }
  return best;
}

}  // namespace weir
