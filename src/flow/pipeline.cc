// SPDX-License-Identifier: Apache-2.0
#include "flow/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "flow/quarantine.h"
#include "flow/retry.h"
#include "flow/workers.h"

namespace weir {
namespace {

constexpr int read_attempts_max = 3;  // of one unit, before its file is set aside
constexpr std::uint64_t drained_unit_bytes_max = 256ULL << 20;  // read to its end when stopping

Dispatch::Options dispatch_options(const Pipeline::Options& of, int jobs) {
  const FoldSettings& fold = of.settings.fold;
  Dispatch::Options options;
  options.batch_keys = fold.batch_keys;
  options.batch_age = fold.batch_age;
  options.close_when_idle = of.endless;
  options.one_file_per_batch = of.settings.store.keep == StoreSettings::Keep::history;
  options.fold = {.key = of.settings.format.key,
                  .lanes = jobs,
                  .memory_bytes = fold.memory_bytes / 2,  // two batches live at a time
                  .entries_max = fold.entries_max,
                  .spill_folder = fold.spill_folder};
  return options;
}

// A unit that takes long is given up when asked to stop; a short one is finished, so that its batch
// can still be committed.
bool takes_long(const Assignment& assignment) {
  const ByteRange range = assignment.unit.range;
  return range.end - range.begin > drained_unit_bytes_max ||
         assignment.unit.file->row.plan.compression != Compression::none;
}

// A small file, of which nothing is counted: its one unit is known from its row. A million small
// files are not worth a look into the ledger each, and who looks waits for the commit under way.
bool is_one_open_unit(const FileRow& row) {
  return row.units == 1 && row.units_done == 0;
}

std::string reason_of(const Error& error) {
  const std::string_view why = error.kind == ErrorKind::conflict      ? cause::changed
                               : error.kind == ErrorKind::unavailable ? cause::unreadable
                                                                      : cause::corrupt;
  return std::string(why) + error.message;
}

}  // namespace

void Pipeline::FirstError::put(Error error) {
  const Held held(*monitor_);
  if (!error_) {
    error_ = std::move(error);
  }
}

bool Pipeline::FirstError::put_already() {
  const Held held(*monitor_);
  return error_.has_value();
}

std::optional<Error> Pipeline::FirstError::take() {
  const Held held(*monitor_);
  return std::move(error_);
}

Pipeline::Pipeline(const Options& options)
    : options_(options),
      jobs_(std::max(1, options.settings.jobs)),
      dispatch_(options.machine, dispatch_options(options, jobs_)),
      error_(options.machine.tasks),
      set_aside_(options.machine, options.store, options.notes, options.stop),
      committer_({options.machine, options.store, dispatch_, set_aside_, options.progress,
                  options.notes, options.stop, options.settled, options.poison, options.shares}) {}

Result<void> Pipeline::run(const std::function<Result<void>()>& feed_all) {
  Tasks& spawner = options_.machine.tasks;
  std::vector<std::unique_ptr<Task>> tasks;
  tasks.push_back(spawner.spawn("feed", [&] { feed(feed_all); }));
  for (int lane = 0; lane < jobs_; ++lane) {
    tasks.push_back(spawner.spawn("work-" + std::to_string(lane), [this, lane] { work(lane); }));
  }
  if (!tasks[0]->started() || !any_started(std::span(tasks).subspan(1))) {
    fail(no_threads().error());  // whoever has none runs when it is joined, and finds nothing to do
  }
  if (options_.shares != nullptr) {
    options_.shares->enter();
    tasks.push_back(spawner.spawn("leases", [this] { options_.shares->keep(); }));
  }
  commit_all();
  if (options_.shares != nullptr) {
    options_.shares->leave();
  }
  for (const auto& task : tasks) {
    task->join();
  }
  if (auto error = error_.take()) {
    return *std::move(error);
  }
  return {};
}

void Pipeline::fail(Error error) {
  error_.put(std::move(error));
  dispatch_.call_off();
}

// ---- feeder

void Pipeline::feed(const std::function<Result<void>()>& feed_all) {
  if (auto fed = feed_all(); !fed) {
    fail(std::move(fed).error());
  } else if (options_.stop.requested()) {
    dispatch_.call_off();
  } else {
    dispatch_.no_more();
  }
}

Result<void> Pipeline::offer(const std::shared_ptr<const OfferedFile>& file) {
  if (file->row.plan.format.key != options_.settings.format.key) {
    set_aside_.leave_waiting(file->row, file->path,
                             "it was accepted with another kind of key (format.key)");
    return {};
  }
  auto found = units_of(file->row);
  if (!found && found.error().kind == ErrorKind::conflict) {
    return {};  // the ledger fell back, or it was planned anew: a later look finds it
  }
  TRY_ASSIGN(const auto units, std::move(found));
  TRY_ASSIGN(const bool poison, is_poison(*file, units));
  if (poison) {
    return {};
  }
  for (const UnitRow& unit : units) {
    if (unit.state == UnitState::done) {
      options_.progress.bytes_read += unit.range.end - unit.range.begin;
    } else if (options_.stop.requested() ||
               !dispatch_.offer({.file = file, .id = unit.id, .range = unit.range})) {
      return {};
    }
  }
  return {};
}

Result<std::vector<UnitRow>> Pipeline::units_of(const FileRow& file) {
  if (is_one_open_unit(file)) {
    return std::vector<UnitRow>{
        {.id = {.file = file.sequence, .epoch = file.epoch}, .range = {0, file.token.size}}};
  }
  Retry retry(options_.machine, options_.stop);
  return retry([&] { return options_.store.ledger().units(file); });
}

// A unit that crashed the process too often takes its file with it.
Result<bool> Pipeline::is_poison(const OfferedFile& file, const std::vector<UnitRow>& units) {
  for (const UnitRow& unit : units) {
    if (options_.poison == nullptr || unit.state == UnitState::done) {
      continue;
    }
    const Matter matter = matter_of(file.row, unit.id);
    const std::string verdict = options_.poison->verdict(matter);
    if (!verdict.empty()) {
      TRY(set_aside_.put(file.row, file.path, verdict));
      options_.poison->forget(matter);
      return true;
    }
  }
  return false;
}

// ---- workers

struct Pipeline::Counted {
  Dispatch::Ending ending = Dispatch::Ending::good;
  Result<UnitOutcome> outcome;
  std::string complaint = {};  // what is wrong with the file that was read whole
};

void Pipeline::work(int lane) {
  TasksInHand tasks(options_.machine.tasks, witness());
  UnitReader::Options options{.rejects_kept = options_.settings.rejects.kept_per_unit,
                              .bytes_read = &options_.progress.bytes_read,
                              .vectors = options_.settings.vectors,
                              .tasks = jobs_ > 1 ? &tasks : nullptr};
  UnitReader patient(options);
  options.stop = &options_.stop;
  UnitReader hurried(options);
  while (const auto assignment = dispatch_.take()) {
    if (options_.stop.requested()) {
      dispatch_.call_off();  // what waits in the queue is left to the next pass
    }
    if (options_.stop.requested() || set_aside_.contains(assignment->unit.id.file) ||
        !is_mine(assignment->unit.id)) {
      dispatch_.finish(*assignment, Dispatch::Ending::untouched, {});
      continue;
    }
    const Matter matter = matter_of(assignment->unit.file->row, assignment->unit.id);
    const InHand in_hand(witness(), matter);
    tasks.hand_on(matter);
    Counted counted = count(takes_long(*assignment) ? hurried : patient, *assignment, lane);
    if (!counted.complaint.empty()) {
      set_aside(assignment->unit, std::string(cause::looks_wrong) + counted.complaint);
      dispatch_.finish(*assignment, Dispatch::Ending::spoilt, {});
    } else if (!counted.outcome) {
      failed(*assignment, counted.outcome.error());
      give_back(assignment->unit.id);
      dispatch_.finish(*assignment, counted.ending, {});
    } else {
      dispatch_.finish(*assignment, counted.ending, *std::move(counted.outcome));
    }
  }
}

void Pipeline::give_back(const UnitId& unit) {
  if (options_.shares != nullptr) {
    options_.shares->give_back(unit);
  }
}

Pipeline::Counted Pipeline::count(UnitReader& reader, const Assignment& assignment, int lane) {
  const OfferedFile& offered = *assignment.unit.file;
  const FileRow& row = offered.row;
  auto file = options_.source.open(offered.path);
  if (!file) {
    return {Dispatch::Ending::untouched, std::move(file).error()};
  }
  if ((*file)->token() != row.token) {
    return {Dispatch::Ending::untouched,
            Error{ErrorKind::conflict, "it changed after it was accepted"}};
  }
  const UnitTask task{.id = assignment.unit.id,
                      .range = assignment.unit.range,
                      .file_bytes = row.token.size,
                      .plan = row.plan};
  Fold& fold = *assignment.batch->fold;
  auto outcome = reader.read(**file, task, fold.lane(lane));
  if (const auto spilled = fold.lane_status(lane); !spilled) {
    fail(spilled.error());
    return {Dispatch::Ending::spoilt, Error{ErrorKind::unavailable, "called off"}};
  }
  if (!outcome) {
    return {Dispatch::Ending::spoilt, std::move(outcome)};
  }
  if (auto pinned = (*file)->still_pinned(); !pinned) {
    return {Dispatch::Ending::spoilt, std::move(pinned).error()};
  }
  std::string complaint = complaint_of(row, task.range, *outcome);
  return {.outcome = std::move(outcome), .complaint = std::move(complaint)};
}

// Of a file that is counted in one piece, before anything of it counts; empty: none.
std::string Pipeline::complaint_of(const FileRow& row, ByteRange range,
                                   const UnitOutcome& outcome) const {
  const RejectSettings& limits = options_.settings.rejects;
  const LineCounts& counts = outcome.counts;
  if (!options_.settings.whole_file() || range.begin != 0 || range.end != row.token.size) {
    return "";
  }
  const auto allowed = limits.ratio_max * static_cast<double>(counts.lines());
  if (limits.rejects_max > 0 && counts.rejected > limits.rejects_max) {
    return fmt::format("{} bad lines, and rejects.max is {}", counts.rejected, limits.rejects_max);
  }
  if (static_cast<double>(counts.rejected) > allowed) {
    return fmt::format("{} of {} lines are bad, and rejects.max_ratio is {}", counts.rejected,
                       counts.lines(), limits.ratio_max);
  }
  return "";
}

void Pipeline::set_aside(const OfferedUnit& unit, const std::string& reason) {
  if (auto put = set_aside_.put(unit.file->row, unit.file->path, reason); !put) {
    fail(std::move(put).error());
  }
}

// Nothing of the unit is counted. It is tried again, or its file waits, or is set aside.
void Pipeline::failed(const Assignment& assignment, const Error& error) {
  if (options_.stop.requested() || dispatch_.called_off()) {
    return;
  }
  const OfferedFile& file = *assignment.unit.file;
  OfferedUnit unit = assignment.unit;
  const bool gone = error.os_code == ENOENT;
  if (error.kind == ErrorKind::unavailable && ++unit.attempts < read_attempts_max) {
    dispatch_.offer_again(std::move(unit));
  } else if (gone) {
    set_aside_.leave_waiting(file.row, file.path, "it is no longer there, and was not all counted");
  } else if (error.kind == ErrorKind::unavailable && error.os_code != EIO) {
    set_aside_.leave_waiting(file.row, file.path, error.message);
  } else if (error.kind == ErrorKind::corrupt) {
    fail(error);
  } else {
    set_aside(unit, reason_of(error));
  }
}

// ---- committer

void Pipeline::commit_all() {
  while (auto batch = dispatch_.take_closed()) {
    if (error_.put_already()) {
      dispatch_.settled(std::move(batch));
    } else if (auto committed = committer_.commit(std::move(batch)); !committed) {
      fail(std::move(committed).error());
    }
  }
}

}  // namespace weir
