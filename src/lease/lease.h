// SPDX-License-Identifier: Apache-2.0
// The lease seam: who works on what, for a while. A lease is a hint and never the truth: it may be
// lost, expire early, be held by two, or be refused to all, and nothing is counted twice or lost;
// two workers then compute the same unit, and the commit admits one.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace weir {

inline constexpr Nanoseconds lease_lasts_default = 30'000'000'000;
inline constexpr Nanoseconds lease_lasts_max = 3'600'000'000'000;  // nothing lasts longer
inline constexpr Nanoseconds lease_lasts_min = 1'000'000;          // Redis counts milliseconds
inline constexpr int lease_renewals_a_lifetime = 3;                // one or two may be lost

struct LeaseName {
  std::string kind;  // "unit", "turn"
  std::string name;  // within its kind; any bytes
  friend auto operator<=>(const LeaseName&, const LeaseName&) = default;
};

// Who takes leases: one handle speaks for one flow and one worker.
struct LeaseHolder {
  std::string flow;
  std::string worker;  // for people: "host:1234"
  std::string token;   // new_lease_token: tells this handle from every other
};

enum class LeaseAnswer {
  ours,     // and for the whole time asked for, from now on
  held,     // by another, for a while
  foreign,  // something stands there that is no lease and may never go away: work without one
};

struct LeaseRow {
  LeaseName name;
  std::string worker;    // empty where it is foreign
  bool ours = false;     // of this handle
  bool foreign = false;  // see LeaseAnswer
  Nanoseconds left = 0;  // until it is free; 0 where it is foreign
};

struct LeaseListing {
  std::vector<LeaseRow> rows;  // ascending by kind and name
  bool complete = true;        // false: there were more than asked for, or too many to look through
};

// Any thread. Every call may be repeated; `unavailable`: nothing is known of what it did, and no
// call takes longer than its implementation's limit to say so. `invalid`: a person must change the
// settings; until then it is as if there were no leases.
class Leases {
 public:
  virtual ~Leases() = default;
  // Tries to take each, in order, for a time of lease_lasts_min to lease_lasts_max. What this
  // handle holds already is renewed. Never waits for another holder.
  virtual Result<std::vector<LeaseAnswer>> take(std::span<const LeaseName> names,
                                                Nanoseconds lasts) = 0;
  // Whether each was still ours; those that were last from now on. The others were lost, and stay
  // as they are.
  virtual Result<std::vector<bool>> renew(std::span<const LeaseName> names, Nanoseconds lasts) = 0;
  // Frees those that are ours; the others stay as they are.
  virtual Result<void> give_back(std::span<const LeaseName> names) = 0;
  // Who holds what in this flow, now.
  virtual Result<LeaseListing> list(std::size_t rows_max) = 0;
};

std::string new_lease_token(Random& random);  // 32 hexadecimal digits

}  // namespace weir
