// SPDX-License-Identifier: Apache-2.0
#include "lease/faulty.h"

#include <algorithm>
#include <utility>

namespace weir {
namespace {

Error lost(const char* what) {
  return {.kind = ErrorKind::unavailable, .message = std::string("leases: ") + what};
}

class FaultyLeases final : public Leases {
 public:
  FaultyLeases(Leases& leases, Random& random, const LeaseFaults& faults)
      : leases_(leases), random_(random), faults_(faults) {}

  Result<std::vector<LeaseAnswer>> take(std::span<const LeaseName> names,
                                        Nanoseconds lasts) override {
    TRY_ASSIGN(auto answers, through([&] { return leases_.take(names, lasting(lasts)); }));
    for (std::size_t i = 0; i < answers.size(); ++i) {
      TRY(forget(names.subspan(i, 1)));
      if (falls(faults_.says_ours)) {
        answers[i] = LeaseAnswer::ours;
      } else if (falls(faults_.says_held)) {
        answers[i] = LeaseAnswer::held;
      }
    }
    return answers;
  }

  Result<std::vector<bool>> renew(std::span<const LeaseName> names, Nanoseconds lasts) override {
    TRY_ASSIGN(auto ours, through([&] { return leases_.renew(names, lasting(lasts)); }));
    for (std::size_t i = 0; i < ours.size(); ++i) {
      TRY(forget(names.subspan(i, 1)));
      if (falls(faults_.says_ours)) {
        ours[i] = true;
      } else if (falls(faults_.says_held)) {
        ours[i] = false;
      }
    }
    return ours;
  }

  Result<void> give_back(std::span<const LeaseName> names) override {
    return through([&] { return leases_.give_back(names); });
  }
  Result<LeaseListing> list(std::size_t rows_max) override {
    return through([&] { return leases_.list(rows_max); });
  }

 private:
  // What never happens draws no number: runs with fewer kinds of fault stay comparable.
  bool falls(double probability) {
    return probability > 0 && static_cast<double>(random_.next() >> 11) * 0x1p-53 < probability;
  }
  Nanoseconds lasting(Nanoseconds lasts) {
    return falls(faults_.early) ? std::max(lasts / 10, lease_lasts_min) : lasts;
  }
  Result<void> forget(std::span<const LeaseName> name) {
    return falls(faults_.forgotten) ? leases_.give_back(name) : Result<void>();
  }
  template <class Call>
  auto through(const Call& call) -> decltype(call()) {
    if (falls(faults_.lost_request)) {
      return lost("the request was lost");
    }
    auto result = call();
    if (falls(faults_.lost_reply)) {
      return lost("the reply was lost");
    }
    return result;
  }

  Leases& leases_;
  Random& random_;
  const LeaseFaults faults_;
};

}  // namespace

std::unique_ptr<Leases> faulty_leases(Leases& leases, Random& random, const LeaseFaults& faults) {
  return std::make_unique<FaultyLeases>(leases, random, faults);
}

}  // namespace weir
