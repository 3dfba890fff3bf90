// SPDX-License-Identifier: Apache-2.0
#include "flow/plan_file.h"

#include <algorithm>
#include <string>
#include <utility>

#include "flow/quarantine.h"
#include "format/unit_reader.h"

namespace weir {

// Opens the file, so that the plan is made from the version that the token names.
Result<FileEntry> plan_file(Source& source, const FlowSettings& settings,
                            const SourceObject& object, Pieces pieces) {
  TRY_ASSIGN(auto file, source.open(object.path));
  FileEntry entry{.identity = object.identity, .path = object.path, .token = file->token()};
  const bool whole = pieces == Pieces::one || settings.whole_file();
  entry.plan = {
      .unit_bytes = whole ? std::max<std::uint64_t>(entry.token.size, 1) : settings.fold.unit_bytes,
      .format = settings.format};
  auto sniffed = sniff(*file, entry.token.size, settings.format, settings.rejects.ratio_max);
  if (sniffed) {
    entry.plan.compression = sniffed->compression;
    if (!sniffed->complaint.empty()) {
      entry.quarantine_reason = std::string(cause::looks_wrong) + sniffed->complaint;
    }
  } else if (sniffed.error().kind == ErrorKind::invalid) {
    entry.quarantine_reason = std::string(cause::corrupt) + sniffed.error().message;
  } else {
    return std::move(sniffed).error();
  }
  entry.units = plan_units(entry.token.size, entry.plan.unit_bytes, entry.plan.compression);
  return entry;
}

}  // namespace weir
