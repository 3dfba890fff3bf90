// SPDX-License-Identifier: Apache-2.0
// What happens to a source file after it was counted, durably: it is moved, archived or deleted, a
// while later, so that a store that fell back can be fed again.
//
//   kept ──mark(target)──► releasing ──move, copy or pack──► source gone, target there ──mark──►
//   released
//
// Every step may be the last one before a crash; the next run goes on from what it finds:
// source there → the step again; source gone → released. Several workers may take the same steps:
// the ledger knows one target. Where the source was gone before, there is none. The mark is a
// commit: it is not made before everything committed earlier, the file's own counts among it, is
// durable.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "base/stop.h"
#include "flow/report.h"
#include "flow/retry.h"
#include "model/flow.h"
#include "source/source.h"
#include "store/store.h"

namespace weir {

// One thread. Borrows everything.
class Releaser {
 public:
  struct Options {
    const Machine& machine;
    Source& source;
    Store& store;
    const SourceSettings& settings;
    const Notes& notes;
    const Stop& stop;
  };
  explicit Releaser(const Options& options)
      : options_(options), retry_(options.machine, options.stop) {}

  // All that are due; first those that were begun. Answers how many are released. Files that
  // cannot be released now are told of once, and tried again by the next call. An error: the store
  // is out of reach.
  Result<std::uint64_t> release_due();

 private:
  Result<std::uint64_t> release_all(const FileQuery& query);
  Result<bool> release(const FileRow& row);
  Result<bool> go_on(const FileRow& row, const std::string& source);
  Result<bool> still_there(const FileRow& row, const std::string& path);
  Result<std::string> choose_target(const FileRow& row, const std::string& source);
  std::string below_its_root(const std::string& path);
  Result<void> put_away(const FileRow& row, const std::string& source);
  Result<void> make_sure(const FileRow& row, const std::string& source);
  Result<void> remove_source(const FileRow& row, const std::string& source);
  Result<void> bury(const FileRow& row, const std::string& source);
  Result<void> mark(const FileRow& row, ReleaseState state, const std::string& target);
  Result<void> tell_if_ours(const FileRow& row, const std::string& trouble);
  void tell(const FileRow& row, const std::string& trouble);

  const Options options_;
  Retry retry_;
  std::map<FileSequence, std::string> told_;  // trouble, bounded
};

}  // namespace weir
