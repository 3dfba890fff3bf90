// SPDX-License-Identifier: Apache-2.0
// One file in the place of another: the new one is counted in one piece, and in the same
// transaction what the old one had added is taken back.
#pragma once

#include <string>

#include "base/result.h"
#include "base/stop.h"
#include "flow/ingest.h"
#include "flow/report.h"
#include "io/machine.h"
#include "model/flow.h"
#include "source/source.h"
#include "store/store.h"

namespace weir {

// `source` shows the new file alone. Repeatable: a call that was interrupted is taken up again.
// `invalid`: the new file was counted already, or looks wrong; or the store cannot take the old one
// back, and says why. The old file is done, or set aside.
Result<IngestSummary> replace_file(const Machine& machine, Source& source, Store& store,
                                   const FlowSettings& settings, const FileRow& old_file,
                                   Progress& progress, const Notes& notes, const Stop& stop);

}  // namespace weir
