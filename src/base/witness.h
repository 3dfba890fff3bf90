// SPDX-License-Identifier: Apache-2.0
// Who had what in hand when the process crashed: a worker says what it takes up, and whoever looks
// at the crash can tell on what it happened. A seam, since a crash is an affair of the machine;
// only what the crashing worker itself had in hand is to blame.
#pragma once

#include <compare>
#include <cstdint>

namespace weir {

// What a worker can have in hand: one part of one version of a file. To a witness they are numbers.
struct Matter {
  std::uint64_t version = 0;
  std::int32_t part = 0;
  auto operator<=>(const Matter&) const = default;
};

// Any thread.
class Witness {
 public:
  virtual ~Witness() = default;
  // The calling worker takes it up; answers the place where that is noted, for put_down by the same
  // worker. -1: more workers than there are places; a crash of this one is then laid to nobody.
  virtual int take_up(const Matter& matter) = 0;
  virtual void put_down(int place) = 0;
};

// Holds a matter for a scope, of one worker. Without a witness nothing happens.
class InHand {
 public:
  InHand(Witness* witness, const Matter& matter)
      : witness_(witness), place_(witness == nullptr ? -1 : witness->take_up(matter)) {}
  ~InHand() {
    if (place_ >= 0) {
      witness_->put_down(place_);
    }
  }
  InHand(const InHand&) = delete;
  InHand& operator=(const InHand&) = delete;

 private:
  Witness* const witness_;  // borrowed
  const int place_;
};

}  // namespace weir
