// SPDX-License-Identifier: Apache-2.0
// What a service does for its store now and then: old history is rolled up as the flow asks, and
// the books are checked. Both at the start and about every hour; less often where it takes long, so
// that checking stays below a thousandth of the time.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/stop.h"
#include "flow/report.h"
#include "flow/retry.h"
#include "model/flow.h"
#include "model/period.h"
#include "store/store.h"

namespace weir {

// One thread. Borrows everything.
class Upkeep {
 public:
  struct Options {
    const Machine& machine;
    Store& store;
    const FlowSettings& settings;
    const Notes& notes;
    const Stop& stop;
  };
  explicit Upkeep(const Options& options)
      : options_(options), retry_(options.machine, options.stop) {}

  // Does what is due. What fails is told, and due again later.
  void run_due();
  bool books_balance() const { return faults_told_.empty(); }  // as they were last seen
  std::uint64_t rows_rolled_up() const { return rows_rolled_up_; }

 private:
  Result<void> roll_up();
  Result<void> roll_up_into(Period period, Nanoseconds after);
  Result<void> check_books();
  void tell_failure(const Error& error);

  const Options options_;
  Retry retry_;
  Nanoseconds roll_up_due_ = 0;  // monotonic
  Nanoseconds check_due_ = 0;
  std::uint64_t rows_rolled_up_ = 0;
  std::string faults_told_;
  std::string failure_told_;
};

}  // namespace weir
