// SPDX-License-Identifier: Apache-2.0
// Answers to those who said that a file is complete: at once what became of it, and, if they asked
// for a receipt, once more when it is counted or set aside.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "flow/accept.h"
#include "flow/retry.h"
#include "flow/watch_inbox.h"
#include "store/store.h"

namespace weir {

inline constexpr std::size_t receipts_waiting_max = 10'000;

// One thread. Borrows everything.
class Receipts {
 public:
  Receipts(Store& store, const Machine& machine, const Stop& stop)
      : store_(store), retry_(machine, stop) {}

  // The first answer. The verdict's accept is committed.
  void answer(AskedNotice asked, const Verdict& verdict);
  void look_now() { due_ = 0; }  // something was committed
  // The second ones that are due. An error: the store is out of reach.
  Result<void> give(Nanoseconds monotonic_now);
  std::size_t waiting() const { return tickets_.size(); }

 private:
  struct Ticket {
    AskedNotice asked;
    FileSequence file = 0;
    bool given = false;
  };
  using Page = std::span<Ticket>;
  Result<void> give(Page page);

  Store& store_;
  Retry retry_;
  std::vector<Ticket> tickets_;
  Nanoseconds due_ = 0;  // monotonic
};

}  // namespace weir
