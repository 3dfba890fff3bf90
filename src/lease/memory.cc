// SPDX-License-Identifier: Apache-2.0
#include "lease/memory.h"

#include <map>
#include <tuple>
#include <utility>

#include "base/check.h"

namespace weir {

class MemoryLeaseTable {
 public:
  MemoryLeaseTable(Clock& clock, Tasks& tasks) : clock_(clock), monitor_(tasks.monitor()) {}

  struct Entry {
    std::string worker;
    std::string token;  // empty: foreign
    Nanoseconds until = 0;
  };
  using Key = std::tuple<std::string, std::string, std::string>;  // flow, kind, name

  // All of it at this moment, without what has expired; valid while `held` lives.
  std::map<Key, Entry>& now(const Held& held) {
    (void)held;  // proof that the caller holds the monitor
    const Nanoseconds time = clock_.monotonic();
    std::erase_if(entries_, [time](const auto& each) {
      return !each.second.token.empty() && each.second.until <= time;
    });
    return entries_;
  }
  Monitor& monitor() { return *monitor_; }
  Nanoseconds time() { return clock_.monotonic(); }

 private:
  Clock& clock_;
  const std::unique_ptr<Monitor> monitor_;
  std::map<Key, Entry> entries_;
};

namespace {

class MemoryLeases final : public Leases {
 public:
  MemoryLeases(std::shared_ptr<MemoryLeaseTable> table, LeaseHolder holder)
      : table_(std::move(table)), holder_(std::move(holder)) {
    CHECK(!holder_.token.empty());
  }

  Result<std::vector<LeaseAnswer>> take(std::span<const LeaseName> names,
                                        Nanoseconds lasts) override {
    CHECK(lasts >= lease_lasts_min && lasts <= lease_lasts_max);
    const Held held(table_->monitor());
    auto& entries = table_->now(held);
    const Nanoseconds until = table_->time() + lasts;
    std::vector<LeaseAnswer> answers;
    for (const LeaseName& name : names) {
      auto& entry =
          entries.try_emplace(key(name), holder_.worker, holder_.token, until).first->second;
      answers.push_back(answer(entry));
      if (answers.back() == LeaseAnswer::ours) {
        entry.until = until;
      }
    }
    return answers;
  }

  Result<std::vector<bool>> renew(std::span<const LeaseName> names, Nanoseconds lasts) override {
    CHECK(lasts >= lease_lasts_min && lasts <= lease_lasts_max);
    const Held held(table_->monitor());
    auto& entries = table_->now(held);
    std::vector<bool> ours;
    for (const LeaseName& name : names) {
      const auto found = entries.find(key(name));
      ours.push_back(found != entries.end() && answer(found->second) == LeaseAnswer::ours);
      if (ours.back()) {
        found->second.until = table_->time() + lasts;
      }
    }
    return ours;
  }

  Result<void> give_back(std::span<const LeaseName> names) override {
    const Held held(table_->monitor());
    auto& entries = table_->now(held);
    for (const LeaseName& name : names) {
      const auto found = entries.find(key(name));
      if (found != entries.end() && answer(found->second) == LeaseAnswer::ours) {
        entries.erase(found);
      }
    }
    return {};
  }

  Result<LeaseListing> list(std::size_t rows_max) override {
    const Held held(table_->monitor());
    auto& entries = table_->now(held);
    LeaseListing listing;
    for (auto at = entries.lower_bound({holder_.flow, "", ""});
         at != entries.end() && std::get<0>(at->first) == holder_.flow; ++at) {
      if (listing.rows.size() == rows_max) {
        listing.complete = false;
        break;
      }
      const bool foreign = at->second.token.empty();
      listing.rows.push_back({.name = {std::get<1>(at->first), std::get<2>(at->first)},
                              .worker = at->second.worker,
                              .ours = at->second.token == holder_.token,
                              .foreign = foreign,
                              .left = foreign ? 0 : at->second.until - table_->time()});
    }
    return listing;
  }

 private:
  MemoryLeaseTable::Key key(const LeaseName& name) const {
    return {holder_.flow, name.kind, name.name};
  }
  LeaseAnswer answer(const MemoryLeaseTable::Entry& entry) const {
    if (entry.token.empty()) {
      return LeaseAnswer::foreign;
    }
    return entry.token == holder_.token ? LeaseAnswer::ours : LeaseAnswer::held;
  }

  const std::shared_ptr<MemoryLeaseTable> table_;
  const LeaseHolder holder_;
};

}  // namespace

std::shared_ptr<MemoryLeaseTable> memory_lease_table(Clock& clock, Tasks& tasks) {
  return std::make_shared<MemoryLeaseTable>(clock, tasks);
}

void flush(MemoryLeaseTable& table) {
  const Held held(table.monitor());
  table.now(held).clear();
}

void put_foreign(MemoryLeaseTable& table, const std::string& flow, const LeaseName& name) {
  const Held held(table.monitor());
  table.now(held)[{flow, name.kind, name.name}] = {};
}

std::unique_ptr<Leases> memory_leases(std::shared_ptr<MemoryLeaseTable> table,
                                      const LeaseHolder& holder) {
  return std::make_unique<MemoryLeases>(std::move(table), holder);
}

}  // namespace weir
