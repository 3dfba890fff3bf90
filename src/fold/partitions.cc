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

// What is dealt out must find room in the tables, two thirds full or more so. How many records
// bring a key is seen from those added lately; should more do so than that, there is a spill.
constexpr std::uint64_t lately_records_max = 4 << 20;
// More than this need not be dealt out at a time: the tables pass through the caches once for all.
constexpr std::uint64_t dealt_enough_bytes = 120 << 20;
constexpr std::uint64_t dealt_enough_per_key = 4;
constexpr std::uint64_t certain_share = 8;  // one record in so many may always bring a key

}  // namespace

// A table, in its own stretch of the memory.
template <class Line>
struct PartitionsOf<Line>::Part {
  Part(const typename Table::Options& options, std::size_t from, Tasks& tasks)
      : table(options), begin(from), monitor(tasks.monitor()) {}
  Table table;
  const std::size_t begin;
  const std::unique_ptr<Monitor> monitor;  // over the table
};

template <class Line>
PartitionsOf<Line>::PartitionsOf(Tasks& tasks, Budget& budget, SpillFolder& folder,
                                 const Options& options)
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
    const typename Table::Options table{.seed = options.seed,
                                        .hash_bits_used = options.bits,
                                        .memory = &memory_,
                                        .begin = i * bytes,
                                        .bytes = bytes,
                                        .budget = &budget,
                                        .entries_max = entries};
    parts_.push_back(std::make_unique<Part>(table, i * bytes, tasks));
  }
}

template <class Line>
PartitionsOf<Line>::~PartitionsOf() = default;

// While a lane is inside a part nobody else is in it, and nobody spills.
template <class Line>
class PartitionsOf<Line>::Visit {
 public:
  using Record = typename Line::Record;
  Visit(PartitionsOf& all, Part& part) : all_(all), part_(part) { enter(); }
  ~Visit() { leave(); }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  Result<void> add_all(const Scatter& scatter, std::size_t heap) {
    const std::uint64_t records = scatter.records(heap);
    const std::uint64_t before = part_.table.keys();
    all_.expect(part_.table, records);
    Result<void> status;
    scatter.each(heap, [&](std::span<const Record> dealt) {
      status = status ? add(dealt) : std::move(status);
    });
    const std::uint64_t after = part_.table.keys();
    all_.observe(records, after - std::min(before, after));  // fewer: it was spilled meanwhile
    return status;
  }

 private:
  // Adds all of them, whatever has to be spilled for that.
  Result<void> add(std::span<const Record> records) {
    for (;;) {
      TRY(status_);
      const std::uint64_t before = part_.table.keys();
      records = records.subspan(part_.table.add(records));
      const std::uint64_t keys = part_.table.keys() - before;
      all_.keys_.fetch_add(keys, std::memory_order_relaxed);
      if (records.empty()) {
        return {};
      }
      leave();
      all_.spill(spills_seen_);
      enter();
    }
  }

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

  PartitionsOf& all_;
  Part& part_;
  std::uint64_t spills_seen_ = 0;
  Result<void> status_;
};

template <class Line>
Result<void> PartitionsOf<Line>::add(const Scatter& scatter, std::size_t first_partition) {
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const std::size_t index = (first_partition + i) % parts_.size();
    Visit visit(*this, *parts_[index]);
    TRY(visit.add_all(scatter, index));
  }
  return {};
}

// The two numbers may be a moment apart: they are an estimate.
template <class Line>
void PartitionsOf<Line>::observe(std::uint64_t records, std::uint64_t keys) {
  if (lately_records_ > lately_records_max) {
    lately_records_ = lately_records_ / 2;
    lately_keys_ = lately_keys_ / 2;
  }
  lately_records_ += records;
  lately_keys_ += keys;
}

// That so many records bring; all of them, before anything is known.
template <class Line>
std::uint64_t PartitionsOf<Line>::keys_expected(std::uint64_t records) const {
  const std::uint64_t lately = lately_records_;
  return lately == 0 ? records : std::min(records * lately_keys_ / lately + 1, records);
}

// A table that is to hold what these records bring; twice that while there is memory in plenty, for
// to grow is to move everything.
template <class Line>
void PartitionsOf<Line>::expect(Table& table, std::uint64_t records) const {
  if (lately_records_ > 0) {
    const bool roomy = budget_.left() > options_.bytes / 2;
    table.expect((table.keys() + keys_expected(records)) * (roomy ? 2 : 1));
  }
}

template <class Line>
bool PartitionsOf<Line>::take_slab(bool first) {
  constexpr std::uint64_t table_bytes_per_key = sizeof(Line) / Line::keys * 3 / 2;
  constexpr std::uint64_t dealt_enough = dealt_enough_bytes / sizeof(typename Line::Record);
  const std::uint64_t dealt = (slabs_ + 1) * Scatter::slab_bytes / sizeof(typename Line::Record);
  const std::uint64_t keys = std::max(keys_expected(dealt), dealt / certain_share);
  const std::uint64_t needed = Scatter::slab_bytes + keys * table_bytes_per_key;
  if (!first && (dealt > std::max(dealt_enough, keys_ * dealt_enough_per_key) ||
                 budget_.left() < needed || !budget_.take(Scatter::slab_bytes))) {
    return false;
  }
  ++slabs_;
  return true;
}

template <class Line>
void PartitionsOf<Line>::give_slabs(std::size_t slabs, std::size_t taken_later) {
  slabs_ -= slabs;
  budget_.give(taken_later * Scatter::slab_bytes);
}

// Unless somebody else has done so since.
template <class Line>
void PartitionsOf<Line>::spill(std::uint64_t spills_seen) {
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

template <class Line>
Result<Run> PartitionsOf<Line>::write_run_of_all() {
  const OrderingOf<Line> ordered(tasks_, options_.jobs, tables(), {});
  const auto cursor =
      chained({.kind = Line::kind, .parts = ordered.ranges(), .open = [&ordered](std::size_t part) {
                 return ordered.cursor(part);
               }});
  const NewRun options{.name = fmt::format("spill-{}.run", runs_.size()),
                       .block_bytes = options_.block_bytes};
  return write_run(folder_, options, *cursor);
}

template <class Line>
Result<void> PartitionsOf<Line>::write_all() {
  auto run = write_run_of_all();
  empty_tables();
  TRY_ASSIGN(runs_.emplace_back(), std::move(run));
  bytes_spilled_ += runs_.back().bytes;
  return {};
}

template <class Line>
void PartitionsOf<Line>::empty_tables() {
  for (const auto& part : parts_) {
    const std::size_t used = part->table.bytes_used();
    part->table.reset();
    memory_.forget(part->begin, part->begin + used);
  }
  keys_ = 0;
}

template <class Line>
auto PartitionsOf<Line>::tables() const -> std::vector<Table*> {
  std::vector<Table*> tables;
  tables.reserve(parts_.size());
  for (const auto& part : parts_) {
    tables.push_back(&part->table);
  }
  return tables;
}

template class PartitionsOf<SumLine>;
template class PartitionsOf<TextLine>;

}  // namespace weir
