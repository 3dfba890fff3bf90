// SPDX-License-Identifier: Apache-2.0
// Like the upper line of the house without a ledger: list, read, parse, fold, write. A file that
// turns out to be broken when part of it has been folded makes the fold start again without it.
#include "flow/sum.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "base/channel.h"
#include "base/check.h"
#include "base/text.h"
#include "flow/workers.h"
#include "flow/write_totals.h"
#include "fold/fold.h"
#include "format/inflate.h"
#include "format/unit_reader.h"

namespace weir {
namespace {

constexpr std::uint64_t portion_bytes = 8ULL << 20;  // of a plain file, what a worker takes at once
constexpr std::size_t errands_queued_max = 256;
constexpr std::size_t head_bytes = 16;  // that tell how a file is compressed
constexpr std::uint64_t rejects_shown_per_unit = 10;
constexpr std::size_t rejects_shown_max = 10;

struct SummedFile {
  std::string path;
  std::uint64_t bytes = 0;
  Plan plan;
};

struct Portion {
  std::shared_ptr<const SummedFile> file;
  std::int32_t number = 0;
  ByteRange range;
};

// What a worker takes at once: a portion of a large file, or a small one, which nobody has opened.
struct Errand {
  Portion portion;
  std::string small_file;  // not empty: its path
};

struct OpenedFile {
  std::unique_ptr<SourceFile> file;
  std::shared_ptr<const SummedFile> summed;
};

// What is known of a file with rejects: lines before each of its portions give their line numbers.
struct FileLines {
  std::map<std::int32_t, std::uint64_t> lines;  // by portion
  std::map<std::int32_t, std::vector<Reject>> rejects;
};

class Round {
 public:
  Round(const Machine& machine, const SumInput& input, const FlowSettings& settings,
        Progress& progress, const Stop& stop, const std::map<std::string, std::string>& broken);
  Result<void> read_files();
  Result<void> read_stream();  // once only, so after the files are known to be whole
  Result<void> finish() {
    TRY(fold_.finish());
    return {};
  }
  Result<std::uint64_t> write(const TotalsOutput& output) {
    return write_totals(machine_.tasks, jobs_, fold_, output);
  }

  SumSummary summary(const std::map<std::string, std::string>& broken) const;
  std::map<std::string, std::string> newly_broken() const { return newly_broken_; }

 private:
  Result<void> feed(Channel<Errand>& errands);
  void feed_file(const SourceObject& object, Channel<Errand>& errands);
  void feed_large_file(const std::string& path, Channel<Errand>& errands);
  Result<OpenedFile> open(const std::string& path);
  void work(int lane, Channel<Errand>& errands);
  void run(const Errand& errand, UnitReader& reader, int lane);
  void take(const Portion& portion, SourceFile& file, UnitReader& reader, int lane);
  void note(const Portion& portion, const UnitOutcome& outcome);
  void broke(const std::string& path, const Error& error);

  const Machine& machine_;
  const SumInput& input_;
  const FlowSettings& settings_;
  Progress& progress_;
  const Stop& stop_;
  const std::map<std::string, std::string>& broken_;
  const int jobs_;
  Fold fold_;
  const std::unique_ptr<Monitor> monitor_;  // over what follows
  LineCounts counts_;
  std::uint64_t files_ = 0;
  std::map<std::string, FileLines> with_rejects_;
  std::map<std::string, std::string> newly_broken_;
  std::optional<Error> error_;
};

Round::Round(const Machine& machine, const SumInput& input, const FlowSettings& settings,
             Progress& progress, const Stop& stop, const std::map<std::string, std::string>& broken)
    : machine_(machine),
      input_(input),
      settings_(settings),
      progress_(progress),
      stop_(stop),
      broken_(broken),
      jobs_(std::max(1, settings.jobs)),
      fold_(machine, {.key = settings.format.key,
                      .lanes = jobs_,
                      .memory_bytes = settings.fold.memory_bytes,
                      .entries_max = settings.fold.entries_max,
                      .spill_folder = settings.fold.spill_folder}),
      monitor_(machine.tasks.monitor()) {}

Result<void> Round::read_files() {
  Channel<Errand> errands(machine_.tasks, errands_queued_max);
  std::vector<std::unique_ptr<Task>> workers;
  for (int lane = 0; input_.source != nullptr && lane < jobs_; ++lane) {
    workers.push_back(machine_.tasks.spawn("work-" + std::to_string(lane),
                                           [this, lane, &errands] { work(lane, errands); }));
  }
  if (!workers.empty() && !any_started(workers)) {
    errands.close();
    return no_threads();
  }
  auto fed = input_.source == nullptr ? Result<void>() : feed(errands);
  errands.close();
  for (const auto& worker : workers) {
    worker->join();
  }
  progress_.listing = false;
  TRY(std::move(fed));
  return error_ ? Result<void>(*error_) : Result<void>();
}

Result<void> Round::feed(Channel<Errand>& errands) {
  TRY_ASSIGN(const auto listing, input_.source->list());
  while (!stop_.requested()) {
    TRY_ASSIGN(const auto object, listing->next());
    if (!object) {
      return {};
    }
    if (!broken_.contains(object->path)) {
      feed_file(*object, errands);
    }
  }
  return Error{ErrorKind::unavailable, "asked to stop"};
}

void Round::feed_file(const SourceObject& object, Channel<Errand>& errands) {
  ++files_;
  ++progress_.files_found;
  progress_.bytes_found += object.token.size;
  if (object.token.size <= portion_bytes) {
    errands.send({.portion = {}, .small_file = object.path});
  } else {
    feed_large_file(object.path, errands);
  }
}

void Round::feed_large_file(const std::string& path, Channel<Errand>& errands) {
  const auto opened = open(path);
  if (!opened) {
    broke(path, opened.error());
    return;
  }
  const SummedFile& summed = *opened->summed;
  std::int32_t number = 0;
  for (const ByteRange range : plan_units(summed.bytes, portion_bytes, summed.plan.compression)) {
    if (!errands.send({.portion = {.file = opened->summed, .number = number++, .range = range},
                       .small_file = {}})) {
      break;
    }
  }
}

Result<OpenedFile> Round::open(const std::string& path) {
  TRY_ASSIGN(auto file, input_.source->open(path));
  std::array<char, head_bytes> head = {};
  TRY_ASSIGN(const std::size_t got, file->read_at(0, head));
  const Plan plan{.unit_bytes = portion_bytes,
                  .compression = compression_of({head.data(), got}),
                  .format = settings_.format};
  auto summed = std::make_shared<const SummedFile>(SummedFile{path, file->token().size, plan});
  return OpenedFile{std::move(file), std::move(summed)};
}

void Round::work(int lane, Channel<Errand>& errands) {
  UnitReader reader({.rejects_kept = rejects_shown_per_unit,
                     .digest = false,
                     .bytes_read = &progress_.bytes_read,
                     .stop = &stop_,
                     .vectors = settings_.vectors,
                     .tasks = jobs_ > 1 ? &machine_.tasks : nullptr});
  while (const auto errand = errands.receive()) {
    run(*errand, reader, lane);
  }
}

void Round::run(const Errand& errand, UnitReader& reader, int lane) {
  if (errand.small_file.empty()) {
    const std::string& path = errand.portion.file->path;
    const auto file = input_.source->open(path);
    file ? take(errand.portion, **file, reader, lane) : broke(path, file.error());
    return;
  }
  const auto opened = open(errand.small_file);
  if (!opened) {
    broke(errand.small_file, opened.error());
    return;
  }
  const Portion whole{.file = opened->summed, .range = {0, opened->summed->bytes}};
  if (whole.range.end > 0) {
    take(whole, *opened->file, reader, lane);
  }
}

void Round::take(const Portion& portion, SourceFile& file, UnitReader& reader, int lane) {
  const SummedFile& summed = *portion.file;
  const UnitTask task{.id = {.number = portion.number},
                      .range = portion.range,
                      .file_bytes = summed.bytes,
                      .plan = summed.plan};
  auto outcome = reader.read(file, task, fold_.lane(lane));
  if (const auto spilled = fold_.lane_status(lane); !spilled) {
    const Held held(*monitor_);
    error_ = spilled.error();
    return;
  }
  if (!outcome && stop_.requested()) {
    const Held held(*monitor_);
    error_ = std::move(outcome).error();
  } else if (!outcome) {
    broke(summed.path, outcome.error());
  } else {
    note(portion, *outcome);
  }
}

void Round::broke(const std::string& path, const Error& error) {
  const Held held(*monitor_);
  newly_broken_.try_emplace(path, error.message);
}

void Round::note(const Portion& portion, const UnitOutcome& outcome) {
  const Held held(*monitor_);
  counts_ += outcome.counts;
  const bool alone = portion.range == ByteRange{0, portion.file->bytes};
  if (alone && outcome.rejects.empty()) {
    return;  // a million small files are summed without remembering each
  }
  FileLines& file = with_rejects_[portion.file->path];
  file.lines[portion.number] = outcome.counts.lines();
  if (!outcome.rejects.empty()) {
    file.rejects[portion.number] = outcome.rejects;
  }
}

Result<void> Round::read_stream() {
  UnitReader reader({.rejects_kept = rejects_shown_per_unit,
                     .digest = false,
                     .bytes_read = &progress_.bytes_read,
                     .stop = &stop_,
                     .vectors = settings_.vectors,
                     .tasks = jobs_ > 1 ? &machine_.tasks : nullptr});
  ++files_;
  auto outcome = reader.read_stream(*input_.stream, settings_.format, fold_.lane(0));
  TRY(fold_.lane_status(0));
  if (!outcome) {
    return std::move(outcome).error().within("standard input");
  }
  note({.file = std::make_shared<const SummedFile>(SummedFile{.path = "-"})}, *outcome);
  return {};
}

// The first rejects of a file, with their lines in the file.
std::vector<Reject> placed_rejects(const FileLines& file) {
  std::vector<Reject> placed;
  for (const auto& [number, rejects] : file.rejects) {
    std::uint64_t lines_before = 0;
    for (auto at = file.lines.begin(); at != file.lines.end() && at->first < number; ++at) {
      lines_before += at->second;
    }
    for (Reject reject : rejects) {
      reject.line_in_unit += lines_before;
      placed.push_back(std::move(reject));
    }
    if (placed.size() >= rejects_shown_max) {
      break;
    }
  }
  return placed;
}

SumSummary Round::summary(const std::map<std::string, std::string>& broken) const {
  SumSummary summary{.files = files_, .counts = counts_, .bytes_spilled = fold_.bytes_spilled()};
  for (const auto& [path, file] : with_rejects_) {
    for (Reject& reject : placed_rejects(file)) {
      if (summary.rejects.size() < rejects_shown_max) {
        summary.rejects.emplace_back(path, std::move(reject));
      }
    }
  }
  for (const auto& [path, why] : broken) {
    summary.failures.push_back(escaped(path) + ": " + why);
  }
  return summary;
}

}  // namespace

Result<SumSummary> sum(const Machine& machine, const SumInput& input, const FlowSettings& settings,
                       const TotalsOutput& output, Progress& progress, const Stop& stop) {
  std::map<std::string, std::string> broken;
  for (;;) {
    Round round(machine, input, settings, progress, stop, broken);
    TRY(round.read_files());
    const auto newly_broken = round.newly_broken();
    if (!newly_broken.empty()) {
      broken.insert(newly_broken.begin(), newly_broken.end());
      progress.bytes_read = 0;
      progress.bytes_found = 0;
      progress.files_found = 0;
      continue;
    }
    if (input.stream != nullptr) {
      TRY(round.read_stream());
    }
    TRY(round.finish());
    SumSummary summary = round.summary(broken);
    summary.bytes = progress.bytes_read;
    TRY_ASSIGN(summary.keys, round.write(output));
    return summary;
  }
}

}  // namespace weir
