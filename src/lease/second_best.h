// SPDX-License-Identifier: Apache-2.0
// Leases in one place, and in another while the first does not answer. Workers that differ about
// which of them is up may take the same unit twice, as with any lease.
#pragma once

#include <functional>
#include <memory>

#include "lease/lease.h"

namespace weir {

// `changed` is told why the first place is left, and nullptr when it answers again; it may be
// called by any thread.
std::unique_ptr<Leases> leases_with_second_best(std::unique_ptr<Leases> first,
                                                std::unique_ptr<Leases> second,
                                                std::function<void(const Error*)> changed);

}  // namespace weir
