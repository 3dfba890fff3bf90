// SPDX-License-Identifier: Apache-2.0
#include "flow/ingest.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "flow/accept.h"
#include "flow/commit.h"
#include "flow/dispatch.h"
#include "flow/quarantine.h"
#include "flow/retry.h"
#include "flow/set_aside.h"
#include "flow/workers.h"
#include "format/unit_reader.h"
#include "model/limits.h"

namespace weir {
namespace {

constexpr int read_attempts_max = 3;  // of one unit, before its file is set aside
constexpr std::uint64_t drained_unit_bytes_max = 256ULL << 20;  // read to its end when stopping

// The first error that ends the pass; later ones follow from it.
class FirstError {
 public:
  explicit FirstError(Tasks& tasks) : monitor_(tasks.monitor()) {}
  void put(Error error) {
    const Held held(*monitor_);
    if (!error_) {
      error_ = std::move(error);
    }
  }
  bool put_already() {
    const Held held(*monitor_);
    return error_.has_value();
  }
  std::optional<Error> take() {
    const Held held(*monitor_);
    return std::move(error_);
  }

 private:
  std::unique_ptr<Monitor> monitor_;
  std::optional<Error> error_;
};

// One pass and its three kinds of tasks. Members below are written by the task that is named.
class Pass {
 public:
  Pass(const Machine& machine, Source& source, Store& store, const FlowSettings& settings,
       Progress& progress, const Notes& notes, const Stop& stop);
  Result<IngestSummary> run();

 private:
  IngestSummary summarised();
  void feed();
  Result<void> feed_from(SourceListing& listing);
  Result<void> offer_all(std::vector<SourceObject> objects);
  Result<void> offer(const std::shared_ptr<const OfferedFile>& file);
  void work(int lane);
  struct Counted;
  Counted count(UnitReader& reader, const Assignment& assignment, int lane);
  void failed(const Assignment& assignment, const Error& error);
  void commit_all();
  void fail(Error error);

  const Machine& machine_;
  Source& source_;
  Store& store_;
  const FlowSettings& settings_;
  Progress& progress_;
  const Stop& stop_;
  const int jobs_;
  Dispatch dispatch_;
  FirstError error_;
  Acceptor acceptor_;      // feeder
  IngestSummary summary_;  // feeder, until it is joined
  SetAside set_aside_;     // all
  BatchCommitter committer_;
};

Dispatch::Options dispatch_options(const FlowSettings& settings, int jobs) {
  Dispatch::Options options;
  options.batch_keys = settings.fold.batch_keys;
  options.batch_age = settings.fold.batch_age;
  options.one_file_per_batch = settings.store.keep == StoreSettings::Keep::history;
  options.fold = {.key = settings.format.key,
                  .lanes = jobs,
                  .memory_bytes = settings.fold.memory_bytes / 2,  // two batches live at a time
                  .entries_max = settings.fold.entries_max,
                  .spill_folder = settings.fold.spill_folder};
  return options;
}

Pass::Pass(const Machine& machine, Source& source, Store& store, const FlowSettings& settings,
           Progress& progress, const Notes& notes, const Stop& stop)
    : machine_(machine),
      source_(source),
      store_(store),
      settings_(settings),
      progress_(progress),
      stop_(stop),
      jobs_(std::max(1, settings.jobs)),
      dispatch_(machine, dispatch_options(settings, jobs_)),
      error_(machine.tasks),
      acceptor_({machine, source, store, settings, notes, stop}),
      set_aside_(machine, store, notes, stop),
      committer_({machine, store, dispatch_, set_aside_, progress, notes, stop}) {}

Result<IngestSummary> Pass::run() {
  std::vector<std::unique_ptr<Task>> tasks;
  tasks.push_back(machine_.tasks.spawn("feed", [this] { feed(); }));
  for (int lane = 0; lane < jobs_; ++lane) {
    tasks.push_back(
        machine_.tasks.spawn("work-" + std::to_string(lane), [this, lane] { work(lane); }));
  }
  if (!tasks[0]->started() || !any_started(std::span(tasks).subspan(1))) {
    fail(no_threads().error());  // whoever has none runs when it is joined, and finds nothing to do
  }
  commit_all();
  for (const auto& task : tasks) {
    task->join();
  }
  if (auto error = error_.take()) {
    return *std::move(error);
  }
  return summarised();
}

IngestSummary Pass::summarised() {
  const CommitCounts& committed = committer_.counts();
  summary_.files_known = acceptor_.counts().known;
  summary_.files_counted = acceptor_.counts().empty + committed.files_finished;
  summary_.files_quarantined = acceptor_.counts().quarantined + set_aside_.files();
  summary_.files_waiting = acceptor_.counts().unreadable + set_aside_.files_waiting();
  summary_.bytes = committed.bytes;
  summary_.counts = committed.counts;
  summary_.keys = committed.keys;
  summary_.commits = committed.commits;
  summary_.bytes_spilled = committed.bytes_spilled;
  summary_.stopped = stop_.requested();
  return std::move(summary_);
}

void Pass::fail(Error error) {
  error_.put(std::move(error));
  dispatch_.call_off();
}

// ---- feeder

void Pass::feed() {
  auto listing = source_.list();
  if (!listing) {
    fail(std::move(listing).error().within("list the source"));
    return;
  }
  auto fed = feed_from(**listing);
  summary_.skipped = (*listing)->skipped();
  progress_.listing = false;
  if (!fed) {
    fail(std::move(fed).error());
  } else if (stop_.requested()) {
    dispatch_.call_off();
  } else {
    dispatch_.no_more();
  }
}

Result<void> Pass::feed_from(SourceListing& listing) {
  std::vector<SourceObject> objects;
  while (!stop_.requested() && !dispatch_.called_off()) {
    TRY_ASSIGN(auto object, listing.next());
    if (!object) {
      break;
    }
    ++summary_.files_seen;
    objects.push_back(*std::move(object));
    if (objects.size() >= limits::accept_files_per_batch) {
      TRY(offer_all(std::exchange(objects, {})));
    }
  }
  return dispatch_.called_off() ? Result<void>() : offer_all(std::move(objects));
}

Result<void> Pass::offer_all(std::vector<SourceObject> objects) {
  TRY_ASSIGN(const auto files, acceptor_.accept(std::move(objects)));
  for (const auto& file : files) {
    ++progress_.files_found;
    progress_.bytes_found += file->row.token.size;
    if (file->row.plan.format.key != settings_.format.key) {
      set_aside_.leave_waiting(file->row, file->path,
                               "it was accepted with another kind of key (format.key)");
      continue;
    }
    TRY(offer(file));
  }
  return {};
}

Result<void> Pass::offer(const std::shared_ptr<const OfferedFile>& file) {
  Retry retry(machine_, stop_);
  TRY_ASSIGN(const auto units, retry([&] { return store_.ledger().units(file->row.sequence); }));
  for (const UnitRow& unit : units) {
    if (unit.state == UnitState::done) {
      progress_.bytes_read += unit.range.end - unit.range.begin;
    } else if (stop_.requested() ||
               !dispatch_.offer({.file = file, .id = unit.id, .range = unit.range})) {
      return {};
    }
  }
  return {};
}

// ---- workers

struct Pass::Counted {
  Dispatch::Ending ending = Dispatch::Ending::good;
  Result<UnitOutcome> outcome;
};

// A unit that takes long is given up when asked to stop; a short one is finished, so that its batch
// can still be committed.
bool takes_long(const Assignment& assignment) {
  const ByteRange range = assignment.unit.range;
  return range.end - range.begin > drained_unit_bytes_max ||
         assignment.unit.file->row.plan.compression != Compression::none;
}

void Pass::work(int lane) {
  UnitReader::Options options{.rejects_kept = settings_.rejects.kept_per_unit,
                              .bytes_read = &progress_.bytes_read,
                              .vectors = settings_.vectors,
                              .tasks = jobs_ > 1 ? &machine_.tasks : nullptr};
  UnitReader patient(options);
  options.stop = &stop_;
  UnitReader hurried(options);
  while (const auto assignment = dispatch_.take()) {
    if (stop_.requested()) {
      dispatch_.call_off();  // what waits in the queue is left to the next pass
    }
    if (stop_.requested() || set_aside_.contains(assignment->unit.id.file)) {
      dispatch_.finish(*assignment, Dispatch::Ending::untouched, {});
      continue;
    }
    Counted counted = count(takes_long(*assignment) ? hurried : patient, *assignment, lane);
    if (!counted.outcome) {
      failed(*assignment, counted.outcome.error());
      dispatch_.finish(*assignment, counted.ending, {});
    } else {
      dispatch_.finish(*assignment, counted.ending, *std::move(counted.outcome));
    }
  }
}

Pass::Counted Pass::count(UnitReader& reader, const Assignment& assignment, int lane) {
  const OfferedFile& offered = *assignment.unit.file;
  const FileRow& row = offered.row;
  auto file = source_.open(offered.path);
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
  return {Dispatch::Ending::good, std::move(outcome)};
}

std::string reason_of(const Error& error) {
  const std::string_view why = error.kind == ErrorKind::conflict      ? cause::changed
                               : error.kind == ErrorKind::unavailable ? cause::unreadable
                                                                      : cause::corrupt;
  return std::string(why) + error.message;
}

// Nothing of the unit is counted. It is tried again, or its file waits, or is set aside.
void Pass::failed(const Assignment& assignment, const Error& error) {
  if (stop_.requested() || dispatch_.called_off()) {
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
  } else if (auto put = set_aside_.put(file.row, file.path, reason_of(error)); !put) {
    fail(std::move(put).error());
  }
}

// ---- committer

void Pass::commit_all() {
  while (auto batch = dispatch_.take_closed()) {
    if (error_.put_already()) {
      dispatch_.settled(std::move(batch));
    } else if (auto committed = committer_.commit(std::move(batch)); !committed) {
      fail(std::move(committed).error());
    }
  }
}

}  // namespace

Result<IngestSummary> ingest(const Machine& machine, Source& source, Store& store,
                             const FlowSettings& settings, Progress& progress, const Notes& notes,
                             const Stop& stop) {
  Pass pass(machine, source, store, settings, progress, notes, stop);
  return pass.run();
}

}  // namespace weir
