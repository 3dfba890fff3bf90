// SPDX-License-Identifier: Apache-2.0
// File by file: lines are drawn and written in blocks, then the file gets its name, and only then
// its lines are counted. Blocks end where their bytes say, never where the clock does, so that pace
// and compression do not meddle with each other.
#include "flow/generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "flow/events.h"
#include "flow/generate_file.h"
#include "flow/generate_lines.h"

namespace weir {
namespace {

constexpr std::size_t block_bytes = 256 << 10;
constexpr Nanoseconds second = 1'000'000'000;
constexpr Nanoseconds look_for_stop_every = second / 10;
constexpr std::uint64_t consumers_max = 1ULL << 40;
constexpr std::uint64_t totals_consumers_max = 1ULL << 26;  // 1 GiB of sums

std::string_view suffix(Compression compression) {
  switch (compression) {
    case Compression::gzip:
      return ".gz";
    case Compression::zstd:
      return ".zst";
    default:
      return "";
  }
}

Result<void> refuse(bool wrong, std::string message) {
  if (wrong) {
    return Error{.message = std::move(message)};
  }
  return {};
}

Result<void> check_sizes(const GenerateOptions& options) {
  const int given =
      (options.lines_in_all > 0) + (options.lines_per_file > 0) + (options.bytes_per_file > 0);
  TRY(refuse(given != 1, "say how much: lines in all, lines per file, or bytes per file"));
  TRY(refuse(options.lines_in_all > 0 && options.files == 0,
             "lines in all need a number of files to be spread over"));
  return refuse(options.duration < 0, "the duration is negative");
}

Result<void> check_lines(const GenerateOptions& options) {
  TRY(refuse(options.consumers == 0 || options.consumers > consumers_max,
             fmt::format("consumers: from 1 to {}", consumers_max)));
  TRY(refuse(options.totals && options.consumers > totals_consumers_max,
             fmt::format("totals are kept of at most {} consumers", totals_consumers_max)));
  TRY(refuse(options.amount_min > options.amount_max,
             "the smallest amount is larger than the largest"));
  TRY(refuse(options.amount_min == std::numeric_limits<std::int64_t>::min(),
             "amounts: from -(2^63-1) to 2^63-1"));
  const std::uint64_t odd = std::uint64_t{options.bad_per_million} + options.blank_per_million;
  return refuse(odd > 1'000'000, "bad and blank lines together are more than all lines");
}

Result<void> check_names(const GenerateOptions& options) {
  TRY(refuse(options.prefix.find_first_of(std::string_view("/\0", 2)) != std::string::npos ||
                 options.prefix.empty() || options.prefix.starts_with('.'),
             "the prefix of file names is empty, hidden or has a slash"));
  TRY(refuse(options.compressions.empty(), "no compression is named; `none` is one"));
  for (const Compression compression : options.compressions) {
    TRY(open_packer(compression));
  }
  return {};
}

// Nothing happens before its time. Waits in short steps, to see a request to stop.
class Pace {
 public:
  Pace(const Machine& machine, const GenerateOptions& options, const Stop& stop)
      : clock_(machine.clock),
        stop_(stop),
        monitor_(machine.tasks.monitor()),
        begin_(machine.clock.monotonic()),
        duration_(options.duration) {}

  // False: stopped, or the duration is over.
  bool wait_for(std::uint64_t number, std::uint64_t per_second) {
    const Nanoseconds due = begin_ + (per_second == 0 ? 0 : time_of(number, per_second));
    const Held held(*monitor_);
    while (goes_on() && clock_.monotonic() < due) {
      monitor_->wait_until(std::min({due, end(), clock_.monotonic() + look_for_stop_every}));
    }
    return goes_on();
  }

 private:
  bool goes_on() const { return !stop_.requested() && clock_.monotonic() < end(); }
  Nanoseconds end() const {
    return duration_ == 0 ? std::numeric_limits<Nanoseconds>::max() : begin_ + duration_;
  }
  static Nanoseconds time_of(std::uint64_t number, std::uint64_t per_second) {
    const UInt128 time = UInt128(number) * UInt128(second) / per_second;
    return static_cast<Nanoseconds>(std::min<UInt128>(time, 1ULL << 62));  // 146 years
  }

  Clock& clock_;
  const Stop& stop_;
  const std::unique_ptr<Monitor> monitor_;
  const Nanoseconds begin_;
  const Nanoseconds duration_;
};

// What one file shall hold.
struct FilePlan {
  std::uint64_t number = 0;
  Compression compression = Compression::none;
  std::uint64_t lines = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t bytes = std::numeric_limits<std::uint64_t>::max();  // ends with this line
};

FilePlan plan_of(const GenerateOptions& options, std::uint64_t index) {
  FilePlan plan{.number = options.first_file + index,
                .compression = options.compressions[index % options.compressions.size()]};
  if (options.bytes_per_file > 0) {
    plan.bytes = options.bytes_per_file;
  } else if (options.lines_per_file > 0) {
    plan.lines = options.lines_per_file;
  } else {
    const bool one_more = index < options.lines_in_all % options.files;
    plan.lines = options.lines_in_all / options.files + (one_more ? 1 : 0);
  }
  return plan;
}

// What one file holds so far.
struct FileTally {
  LineCounts counts;
  std::map<RejectReason, std::uint64_t> bad;
  std::uint64_t bytes = 0;
};

class Generator {
 public:
  Generator(const Machine& machine, const GenerateOptions& options, const GenerateWatcher& watcher,
            const Stop& stop)
      : machine_(machine),
        options_(options),
        watcher_(watcher),
        pace_(machine, options, stop),
        block_(block_bytes + generated_line_bytes_max) {
    summary_.sums.resize(options.totals ? options.consumers : 0);
    summary_.seen.resize(options.totals ? options.consumers : 0);
  }

  // False: no more files; of one that was begun nothing is left.
  Result<bool> next_file();
  GenerateSummary finish() { return std::move(summary_); }

 private:
  Result<bool> write_lines(NewFile& file, const FilePlan& plan, FileTally& tally);
  void draw_lines(LineStream& lines, const FilePlan& plan, FileTally& tally);
  Result<void> hand_over(const std::string& path);
  void count_file(const FilePlan& plan, const FileTally& tally);
  void add_totals(const FilePlan& plan, std::uint64_t lines);
  void tell(const FileTally& tally) const;

  const Machine& machine_;
  const GenerateOptions& options_;
  const GenerateWatcher& watcher_;
  Pace pace_;
  std::uint64_t index_ = 0;        // of the next file
  std::uint64_t lines_drawn_ = 0;  // in all: what the pace goes by
  std::vector<char> block_;
  std::size_t block_used_ = 0;
  GenerateSummary summary_;
};

Result<bool> Generator::next_file() {
  if (options_.files != 0 && index_ == options_.files) {
    return false;
  }
  if (!pace_.wait_for(index_, options_.files_per_second)) {
    return false;
  }
  const FilePlan plan = plan_of(options_, index_++);
  const std::string name = fmt::format("{}-{}-{:06}.txt{}", options_.prefix, options_.seed,
                                       plan.number, suffix(plan.compression));
  NewFile file(machine_.files, options_.folder, name);
  TRY(file.create(plan.compression));
  FileTally tally;
  TRY_ASSIGN(const bool whole, write_lines(file, plan, tally));
  if (!whole) {
    return false;
  }
  TRY(file.finish(options_.sync));
  summary_.bytes_stored += file.bytes_stored();
  count_file(plan, tally);
  tell({});
  TRY(hand_over(file.path()));
  return true;
}

Result<void> Generator::hand_over(const std::string& path) {
  if (options_.finished) {
    if (options_.sync) {
      TRY(machine_.files.sync_folder(options_.folder));
    }
    options_.finished(path);
  }
  return {};
}

// False: there was no time to write it whole.
Result<bool> Generator::write_lines(NewFile& file, const FilePlan& plan, FileTally& tally) {
  LineStream lines(options_, plan.number);
  block_used_ = 0;
  while (tally.counts.lines() < plan.lines && tally.bytes < plan.bytes) {
    if (!pace_.wait_for(lines_drawn_, options_.lines_per_second)) {
      return false;
    }
    draw_lines(lines, plan, tally);
    if (block_used_ >= block_bytes) {
      TRY(file.write(std::span(block_).first(block_used_)));
      block_used_ = 0;
    }
    tell(tally);
  }
  TRY(file.write(std::span(block_).first(block_used_)));
  return true;
}

// Until the block is full, the file is whole, or the pace wants to be asked: twenty times a second.
void Generator::draw_lines(LineStream& lines, const FilePlan& plan, FileTally& tally) {
  const std::uint64_t rate = options_.lines_per_second;
  std::uint64_t budget = rate == 0 ? std::numeric_limits<std::uint64_t>::max() : 1 + rate / 20;
  budget = std::min(budget, plan.lines - tally.counts.lines());
  for (; budget > 0 && block_used_ < block_bytes && tally.bytes < plan.bytes; --budget) {
    const GeneratedLine line = lines.next();
    char* const begin = block_.data() + block_used_;
    const char* const end = write_line(begin, line, options_.names);
    const auto written = static_cast<std::size_t>(end - begin);
    CHECK(written <= generated_line_bytes_max);
    block_used_ += written;
    tally.bytes += written;
    tally.counts.good += line.kind == GeneratedLine::Kind::good;
    tally.counts.blank += line.kind == GeneratedLine::Kind::blank;
    if (line.kind == GeneratedLine::Kind::bad) {
      ++tally.counts.rejected;
      ++tally.bad[reason_of(line.bad)];
    }
    ++lines_drawn_;
  }
}

void Generator::count_file(const FilePlan& plan, const FileTally& tally) {
  ++summary_.files;
  summary_.counts += tally.counts;
  summary_.bytes += tally.bytes;
  for (const auto& [reason, count] : tally.bad) {
    summary_.bad[reason] += count;
  }
  if (options_.totals) {
    add_totals(plan, tally.counts.lines());
  }
}

// Draws the same lines again: so the sums never know of a file that came to nothing.
void Generator::add_totals(const FilePlan& plan, std::uint64_t lines) {
  LineStream stream(options_, plan.number);
  for (; lines > 0; --lines) {
    const GeneratedLine line = stream.next();
    if (line.kind == GeneratedLine::Kind::good) {
      summary_.sums[line.rank - 1] += line.amount;
      summary_.seen[line.rank - 1] = true;
    }
  }
}

void Generator::tell(const FileTally& tally) const {
  if (watcher_) {
    watcher_({.files = summary_.files,
              .lines = summary_.counts.lines() + tally.counts.lines(),
              .bytes = summary_.bytes + tally.bytes});
  }
}

// The ranks that were seen, in the order of their keys.
std::vector<std::uint64_t> ranks_by_key(ConsumerNames names, const std::vector<bool>& seen) {
  std::vector<std::uint64_t> ranks;
  for (std::uint64_t rank = 1; rank <= seen.size(); ++rank) {
    if (seen[rank - 1]) {
      ranks.push_back(rank);
    }
  }
  if (names == ConsumerNames::sparse) {
    std::ranges::sort(ranks, {}, [&](std::uint64_t rank) { return consumer_id(names, rank); });
  } else if (names == ConsumerNames::text) {
    std::ranges::sort(ranks, {}, consumer_text);
  }
  return ranks;
}

}  // namespace

Result<GenerateSummary> generate(const Machine& machine, const GenerateOptions& options,
                                 const GenerateWatcher& watcher, const Notes& notes,
                                 const Stop& stop) {
  TRY(check_sizes(options));
  TRY(check_lines(options));
  TRY(check_names(options));
  TRY(machine.files.make_folder(options.folder));
  Generator generator(machine, options, watcher, stop);
  bool more = true;
  while (more) {
    TRY_ASSIGN(more, generator.next_file());
  }
  TRY(machine.files.sync_folder(options.folder));
  GenerateSummary summary = generator.finish();
  summary.stopped = stop.requested();
  if (summary.files == 0 && options.duration > 0 && !summary.stopped && notes) {
    notes({.severity = Severity::warning,
           .event = event::generate_nothing,
           .text = "no file was finished in time: ask for smaller files or more of it"});
  }
  return summary;
}

Result<void> write_generated_totals(const GenerateOptions& options, const GenerateSummary& summary,
                                    const TotalsWriter& write) {
  CHECK(options.totals && summary.sums.size() == options.consumers);
  for (const std::uint64_t rank : ranks_by_key(options.names, summary.seen)) {
    SumEntry entry{.sum = summary.sums[rank - 1]};
    std::string text;
    if (options.names == ConsumerNames::text) {
      text = consumer_text(rank);
      entry.text = text;
    } else {
      entry.id = consumer_id(options.names, rank);
    }
    TRY(write(std::span(&entry, 1)));
  }
  return {};
}

}  // namespace weir
