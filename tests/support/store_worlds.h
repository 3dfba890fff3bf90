// SPDX-License-Identifier: Apache-2.0
// Every store that the conformance suite runs over, each on a database of its own, and what others
// do to that database behind weir's back.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "model/flow.h"
#include "store/store.h"
#include "support/manual_clock.h"

namespace weir::testing {

class StoreWorld {
 public:
  virtual ~StoreWorld() = default;
  using Keep = StoreSettings::Keep;
  // A handle for this flow on the same database; a handle from before is closed. Not prepared.
  virtual Store& open(const std::string& flow, Keep keep = Keep::totals) = 0;
  // Before the first prepare: a table that holds values already.
  virtual void put_total(const std::string& consumer, std::int64_t amount) = 0;
  // A foreign hand: sets the amount of a consumer that is there.
  virtual void tamper(const std::string& consumer, std::int64_t amount) = 0;
  // The greatest total that the table takes as weir makes it.
  virtual Int128 amount_max() const { return INT64_MAX; }
  ManualClock& clock() { return clock_; }

 protected:
  ManualClock clock_;
};

struct NamedStoreWorld {
  std::string name;
  std::function<std::unique_ptr<StoreWorld>(KeyKind)> make;
};
std::vector<NamedStoreWorld> store_worlds();
// A random round on a server takes as long as a hundred elsewhere: there it is every fifth, except
// in a campaign.
bool is_spared(const NamedStoreWorld& world, int round);
inline void PrintTo(const NamedStoreWorld& world, std::ostream* out) {
  *out << world.name;
}

}  // namespace weir::testing
