// SPDX-License-Identifier: Apache-2.0
#include "flow/verify.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/channel.h"
#include "base/text.h"
#include "flow/workers.h"
#include "format/unit_reader.h"

namespace weir {
namespace {

constexpr std::size_t files_queued_max = 64;

struct NullSink final : UsageSink {
  void add(std::span<const Usage>) override {}
  void add(std::span<const SmallUsage>) override {}
  void add(std::span<const TextUsage>) override {}
};

std::string difference(const FileRow& row, const LineCounts& counts, Int128 sum, UInt128 digest) {
  const std::string where = escaped(row.path) + " is not what was counted: ";
  if (digest != row.digest) {
    return where + "its bytes have changed";
  }
  if (counts != row.counts) {
    return where + "the ledger has " + std::to_string(row.counts.lines()) + " lines of it (" +
           std::to_string(row.counts.rejected) + " rejected), the file " +
           std::to_string(counts.lines()) + " (" + std::to_string(counts.rejected) + " rejected)";
  }
  if (sum != row.sum) {
    return where + "the ledger has the sum " + to_text(row.sum) + ", the file " + to_text(sum);
  }
  return "";
}

// Reads files against their rows; a task each.
class FileCheck {
 public:
  FileCheck(const Machine& machine, Source& source, const Stop& stop, Progress& progress)
      : source_(source), stop_(stop), progress_(progress), monitor_(machine.tasks.monitor()) {}

  void check(const FileRow& row) {
    const auto found = read(row);
    const Held held(*monitor_);
    if (found && found->empty()) {
      ++files_read_;
    } else if (found) {
      faults_.push_back(*found);
    } else if (found.error().os_code == ENOENT) {
      ++files_gone_;
    } else {
      faults_.push_back(escaped(row.path) + " could not be read: " + found.error().message);
    }
  }

  void add_to(VerifyReport& report) {
    const Held held(*monitor_);
    report.files_read = files_read_;
    report.files_gone = files_gone_;
    std::sort(faults_.begin(), faults_.end());
    report.faults.insert(report.faults.end(), faults_.begin(), faults_.end());
  }

 private:
  // What differs; empty: nothing.
  Result<std::string> read(const FileRow& row) {
    TRY_ASSIGN(const auto file, source_.open(row.path));
    const std::uint64_t bytes = file->token().size;
    if (bytes != row.token.size) {
      return escaped(row.path) + " is not what was counted: it had " +
             std::to_string(row.token.size) + " bytes, and has " + std::to_string(bytes) + " now";
    }
    UnitReader reader({.rejects_kept = 0, .bytes_read = &progress_.bytes_read, .stop = &stop_});
    NullSink sink;
    LineCounts counts;
    Int128 sum = 0;
    UInt128 digest = 0;
    for (const ByteRange range : plan_units(bytes, row.plan.unit_bytes, row.plan.compression)) {
      const UnitTask task{.range = range, .file_bytes = bytes, .plan = row.plan};
      TRY_ASSIGN(const auto outcome, reader.read(*file, task, sink));
      counts += outcome.counts;
      sum += outcome.sum;
      digest += outcome.digest;
    }
    return difference(row, counts, sum, digest);
  }

  Source& source_;
  const Stop& stop_;
  Progress& progress_;
  const std::unique_ptr<Monitor> monitor_;
  std::uint64_t files_read_ = 0;
  std::uint64_t files_gone_ = 0;
  std::vector<std::string> faults_;
};

// Every wholly counted file, page by page.
Result<void> feed(Store& store, Channel<FileRow>& rows, Progress& progress, const Stop& stop) {
  FileQuery query{.states = {FileState::done}};
  for (;;) {
    TRY_ASSIGN(auto page, store.listings().files(query));
    if (page.empty()) {
      return {};
    }
    query.after = page.back().sequence;
    for (FileRow& row : page) {
      if (stop.requested()) {
        return Error{ErrorKind::unavailable, "asked to stop"};
      }
      ++progress.files_found;
      progress.bytes_found += row.token.size;
      rows.send(std::move(row));
    }
  }
}

}  // namespace

std::vector<std::string> imbalances(const Books& books) {
  std::vector<std::string> faults = books.faults;
  ControlSum due = books.base;
  due += books.batches;
  if (books.totals.amount != due.amount) {
    faults.push_back("the totals are off: the table holds " + to_text(books.totals.amount) +
                     " in all, base and commits make " + to_text(due.amount) + " (difference " +
                     to_text(books.totals.amount - due.amount) +
                     "); something else than weir wrote to the table");
  } else if (books.totals.keyed != due.keyed) {
    faults.push_back(
        "the totals are off: their sum is right, but an amount stands at another consumer than it "
        "was committed for; something else than weir wrote to the table");
  }
  if (books.batches.amount != books.units) {
    faults.push_back("the ledger is off: its commits make " + to_text(books.batches.amount) +
                     ", its units " + to_text(books.units));
  }
  return faults;
}

Result<VerifyReport> verify(Store& store) {
  VerifyReport report;
  TRY_ASSIGN(report.books, store.audit().books());
  report.faults = imbalances(report.books);
  return report;
}

Result<VerifyReport> verify_with_files(const Machine& machine, Source& source, Store& store,
                                       const FlowSettings& settings, Progress& progress,
                                       const Stop& stop) {
  TRY_ASSIGN(auto report, verify(store));
  Channel<FileRow> rows(machine.tasks, files_queued_max);
  FileCheck check(machine, source, stop, progress);
  std::vector<std::unique_ptr<Task>> workers;
  for (int i = 0; i < std::max(1, settings.jobs); ++i) {
    workers.push_back(machine.tasks.spawn("verify-" + std::to_string(i), [&] {
      while (const auto row = rows.receive()) {
        check.check(*row);
      }
    }));
  }
  auto fed = any_started(workers) ? feed(store, rows, progress, stop) : no_threads();
  progress.listing = false;
  rows.close();
  workers.clear();  // joins
  TRY(std::move(fed));
  check.add_to(report);
  return report;
}

}  // namespace weir
