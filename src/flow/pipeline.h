// SPDX-License-Identifier: Apache-2.0
// Counting what is offered: workers read units and fold them, a committer commits the batches they
// make. Who offers (a pass, a watch) runs beside them, and decides nothing but what and when.
//
//   feed ──offer──► dispatch ──► work-0, work-1, … ──► dispatch ──► commit ──► store
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "flow/accept.h"
#include "flow/commit.h"
#include "flow/dispatch.h"
#include "flow/poison.h"
#include "flow/report.h"
#include "flow/set_aside.h"
#include "flow/shares.h"
#include "format/unit_reader.h"
#include "io/machine.h"
#include "model/flow.h"
#include "source/source.h"
#include "store/store.h"

namespace weir {

// One run. Borrows everything.
class Pipeline {
 public:
  struct Options {
    const Machine& machine;
    Source& source;
    Store& store;
    const FlowSettings& settings;
    Progress& progress;
    const Notes& notes;
    const Stop& stop;
    bool endless = false;  // commits at once when nothing more is waiting
    Settled settled = {};  // told after every commit
    Poison* poison = nullptr;
    Shares* shares = nullptr;  // with other workers
  };
  explicit Pipeline(const Options& options);

  // Once. Runs `feed`, the workers and the committer, until all that was offered is done, or a stop
  // is requested. An error says what could not be reached; all that was committed stands.
  Result<void> run(const std::function<Result<void>()>& feed);

  // For the feeder. The file's units that are pending; waits for room. Nothing is offered any more
  // once all was called off. An error: the store is out of reach.
  Result<void> offer(const std::shared_ptr<const OfferedFile>& file);
  bool called_off() { return dispatch_.called_off(); }
  void call_off() { dispatch_.call_off(); }

  SetAside& set_aside() { return set_aside_; }
  const CommitCounts& counts() const { return committer_.counts(); }  // after the run

 private:
  // The first error that ends the run; later ones follow from it.
  class FirstError {
   public:
    explicit FirstError(Tasks& tasks) : monitor_(tasks.monitor()) {}
    void put(Error error);
    bool put_already();
    std::optional<Error> take();

   private:
    std::unique_ptr<Monitor> monitor_;
    std::optional<Error> error_;
  };
  struct Counted;

  void feed(const std::function<Result<void>()>& feed);
  Result<std::vector<UnitRow>> units_of(const FileRow& file);
  Result<bool> is_poison(const OfferedFile& file, const std::vector<UnitRow>& units);
  void work(int lane);
  bool is_mine(const UnitId& unit) {
    return options_.shares == nullptr || options_.shares->take(unit);
  }
  void give_back(const UnitId& unit);
  Witness* witness() const { return options_.poison ? options_.poison->witness() : nullptr; }
  Counted count(UnitReader& reader, const Assignment& assignment, int lane);
  std::string complaint_of(const FileRow& row, ByteRange range, const UnitOutcome& outcome) const;
  void failed(const Assignment& assignment, const Error& error);
  void set_aside(const OfferedUnit& unit, const std::string& reason);
  void commit_all();
  void fail(Error error);

  const Options options_;
  const int jobs_;
  Dispatch dispatch_;
  FirstError error_;
  SetAside set_aside_;
  BatchCommitter committer_;
};

}  // namespace weir
