// SPDX-License-Identifier: Apache-2.0
#include "lease/second_best.h"

#include <atomic>
#include <utility>

namespace weir {
namespace {

class LeasesWithSecondBest final : public Leases {
 public:
  LeasesWithSecondBest(std::unique_ptr<Leases> first, std::unique_ptr<Leases> second,
                       std::function<void(const Error*)> changed)
      : first_(std::move(first)), second_(std::move(second)), changed_(std::move(changed)) {}

  Result<std::vector<LeaseAnswer>> take(std::span<const LeaseName> names,
                                        Nanoseconds lasts) override {
    auto answers = first_->take(names, lasts);
    if (heard(answers ? nullptr : &answers.error())) {
      return answers;
    }
    used_ = true;
    return second_->take(names, lasts);
  }

  // What was taken here while the first was away is still held here.
  Result<std::vector<bool>> renew(std::span<const LeaseName> names, Nanoseconds lasts) override {
    auto here = first_->renew(names, lasts);
    heard(here ? nullptr : &here.error());
    if (here && !used_) {
      return here;
    }
    auto there = second_->renew(names, lasts);
    if (!here || !there) {
      return here ? std::move(here) : std::move(there);
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
      (*here)[i] = (*here)[i] || (*there)[i];
    }
    return here;
  }

  Result<void> give_back(std::span<const LeaseName> names) override {
    auto here = first_->give_back(names);
    return used_ ? second_->give_back(names) : here;
  }

  Result<LeaseListing> list(std::size_t rows_max) override {
    auto listing = first_->list(rows_max);
    return listing ? std::move(listing) : second_->list(rows_max);
  }

 private:
  bool heard(const Error* error) {
    if (away_.exchange(error != nullptr) != (error != nullptr)) {
      changed_(error);
    }
    return error == nullptr;
  }

  const std::unique_ptr<Leases> first_;
  const std::unique_ptr<Leases> second_;
  const std::function<void(const Error*)> changed_;
  std::atomic<bool> away_ = false;  // the first
  std::atomic<bool> used_ = false;  // the second: something may be held there
};

}  // namespace

std::unique_ptr<Leases> leases_with_second_best(std::unique_ptr<Leases> first,
                                                std::unique_ptr<Leases> second,
                                                std::function<void(const Error*)> changed) {
  return std::make_unique<LeasesWithSecondBest>(std::move(first), std::move(second),
                                                std::move(changed));
}

}  // namespace weir
