// SPDX-License-Identifier: Apache-2.0
#include "fold/partitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "fold/chain.h"
#include "fold/ordering.h"

namespace weir {
namespace {

// Of the addresses of a part, over its share of the budget: hashes share out keys evenly, though
// not exactly.
constexpr std::uint64_t address_share = 4;

constexpr std::size_t page_bytes = 4096;

// A record of 12 bytes takes up to 16 bytes of a table that is full to seven eighths, and up to 4/3
// of that after it has grown: twice its bytes.
constexpr std::uint64_t table_share_of_dealt = 2;

}  // namespace

// A table, in its own stretch of the memory.
struct Partitions::Part {
  Part(const SumTable::Options& options, std::size_t from, Tasks& tasks)
      : table(options), begin(from), monitor(tasks.monitor()) {}
  SumTable table;
  const std::size_t begin;
  const std::unique_ptr<Monitor> monitor;  // over the table
};

Partitions::Partitions(Tasks& tasks, Budget& budget, SpillFolder& folder, const Options& options)
    : tasks_(tasks),
      budget_(budget),
      folder_(folder),
      options_(options),
      hash_(options.seed),
      monitor_(tasks.monitor()) {
  const std::uint64_t parts = std::uint64_t{1} << options.bits;
  const std::uint64_t share = std::max<std::uint64_t>(options.bytes / parts, page_bytes);
  const std::uint64_t bytes =
      (parts == 1 ? share : share * address_share) / page_bytes * page_bytes;
  memory_ = Pages(bytes * parts);
  if (memory_.begin() == nullptr) {
    status_ = Error{ErrorKind::unavailable,
                    fmt::format("out of memory: no {} bytes of addresses for the sums; lower "
                                "fold.memory",
                                bytes * parts)};
  }
  const std::uint64_t entries = options.entries_max == 0
                                    ? UINT64_MAX
                                    : std::max<std::uint64_t>(options.entries_max / parts, 1);
  for (std::uint64_t i = 0; i < parts; ++i) {
    const SumTable::Options table{.seed = options.seed,
                                  .hash_bits_used = options.bits,
                                  .memory = &memory_,
                                  .begin = i * bytes,
                                  .bytes = bytes,
                                  .budget = &budget,
                                  .entries_max = entries};
    parts_.push_back(std::make_unique<Part>(table, i * bytes, tasks));
  }
}

Partitions::~Partitions() = default;

// While a lane is inside a part nobody else is in it, and nobody spills.
class Partitions::Visit {
 public:
  Visit(Partitions& all, Part& part) : all_(all), part_(part) { enter(); }
  ~Visit() { leave(); }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  // Adds all of them, whatever has to be spilled for that.
  Result<void> add(std::span<const Dealt> records) {
    for (;;) {
      TRY(status_);
      const std::uint64_t before = part_.table.keys();
      records = records.subspan(part_.table.add(records));
      all_.keys_.fetch_add(part_.table.keys() - before, std::memory_order_relaxed);
      if (records.empty()) {
        return {};
      }
      leave();
      all_.spill(spills_seen_);
      enter();
    }
  }

 private:
  void enter() {
    {
      const Held held(*all_.monitor_);
      while (all_.spilling_) {
        all_.monitor_->wait();
      }
      ++all_.inside_;
      spills_seen_ = all_.spills_;
      status_ = all_.status_;
    }
    part_.monitor->lock();
  }
  void leave() {
    part_.monitor->unlock();
    const Held held(*all_.monitor_);
    --all_.inside_;
    if (all_.spilling_) {
      all_.monitor_->notify_all();
    }
  }

  Partitions& all_;
  Part& part_;
  std::uint64_t spills_seen_ = 0;
  Result<void> status_;
};

Result<void> Partitions::add(const Scatter& scatter, std::size_t first_partition) {
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const std::size_t index = (first_partition + i) % parts_.size();
    Visit visit(*this, *parts_[index]);
    Result<void> status;
    scatter.each(index, [&](std::span<const Dealt> records) {
      status = status ? visit.add(records) : std::move(status);
    });
    TRY(std::move(status));
  }
  return {};
}

bool Partitions::take_slab(bool first) {
  const std::uint64_t dealt = (slabs_ + 1) * Scatter::slab_bytes;
  const std::uint64_t needed = Scatter::slab_bytes + dealt * table_share_of_dealt;
  if (!first && (budget_.left() < needed || !budget_.take(Scatter::slab_bytes))) {
    return false;
  }
  ++slabs_;
  return true;
}

void Partitions::give_slabs(std::size_t slabs, std::size_t taken_later) {
  slabs_ -= slabs;
  budget_.give(taken_later * Scatter::slab_bytes);
}

// Unless somebody else has done so since.
void Partitions::spill(std::uint64_t spills_seen) {
  {
    const Held held(*monitor_);
    if (spilling_ || spills_ != spills_seen) {
      return;
    }
    spilling_ = true;
    while (inside_ > 0) {
      monitor_->wait();
    }
  }
  Result<void> written = write_all();
  const Held held(*monitor_);
  if (!written) {
    status_ = std::move(written);
  }
  spilling_ = false;
  ++spills_;
  monitor_->notify_all();
}

Result<Run> Partitions::write_run_of_all() {
  const Ordering ordered(tasks_, options_.jobs, tables(), {});
  const auto cursor = chained({.parts = ordered.ranges(), .open = [&ordered](std::size_t part) {
                                 return ordered.cursor(part);
                               }});
  const NewRun options{.name = fmt::format("spill-{}.run", runs_.size()),
                       .block_bytes = options_.block_bytes};
  return write_run(folder_, options, *cursor);
}

Result<void> Partitions::write_all() {
  auto run = write_run_of_all();
  empty_tables();
  TRY_ASSIGN(runs_.emplace_back(), std::move(run));
  bytes_spilled_ += runs_.back().bytes;
  return {};
}

void Partitions::empty_tables() {
  for (const auto& part : parts_) {
    const std::size_t used = part->table.bytes_used();
    part->table.reset();
    memory_.forget(part->begin, part->begin + used);
  }
  keys_ = 0;
}

std::vector<SumTable*> Partitions::tables() const {
  std::vector<SumTable*> tables;
  tables.reserve(parts_.size());
  for (const auto& part : parts_) {
    tables.push_back(&part->table);
  }
  return tables;
}

}  // namespace weir
