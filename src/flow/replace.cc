// SPDX-License-Identifier: Apache-2.0
#include "flow/replace.h"

#include <utility>

#include "base/text.h"
#include "flow/accept.h"
#include "flow/retry.h"

namespace weir {
namespace {

Result<SourceObject> only_object(Source& source) {
  TRY_ASSIGN(const auto listing, source.list());
  TRY_ASSIGN(auto object, listing->next());
  if (!object) {
    return Error{ErrorKind::invalid, "the new file is not there, or cannot be counted"};
  }
  return *std::move(object);
}

Error counted_already(const FileRow& row) {
  return {ErrorKind::invalid, escaped(row.path) + " is in the ledger already (" +
                                  std::string(name(row.state)) +
                                  "): a replacement must be a file that was not counted"};
}

}  // namespace

Result<IngestSummary> replace_file(const Machine& machine, Source& source, Store& store,
                                   const FlowSettings& settings, const FileRow& old_file,
                                   Progress& progress, const Notes& notes, const Stop& stop) {
  TRY_ASSIGN(const SourceObject object, only_object(source));
  TRY_ASSIGN(FileEntry entry, plan_file(source, settings, object, Pieces::one));
  if (!entry.quarantine_reason.empty()) {
    return Error{ErrorKind::invalid, escaped(object.path) + " " + entry.quarantine_reason};
  }
  entry.replaces = old_file.sequence;
  Retry retry(machine, stop);
  TRY_ASSIGN(const auto rows, retry([&] { return store.ledger().enter({&entry, 1}); }));
  const FileRow& row = rows.front();
  if (row.replaces != old_file.sequence) {
    return counted_already(row);
  }
  return ingest(machine, source, store, settings, progress, notes, stop);
}

}  // namespace weir
