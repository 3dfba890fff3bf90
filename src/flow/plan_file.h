// SPDX-License-Identifier: Apache-2.0
// The plan of a file that is not yet in the ledger.
#pragma once

#include "base/result.h"
#include "model/file.h"
#include "model/flow.h"
#include "source/source.h"

namespace weir {

// A file as it is to be entered, with its plan: in units of the size that is set, or in one piece.
// Where it looks wrong, it is entered set aside. Reads its first 64 KiB. An error: it cannot be
// read now.
enum class Pieces { as_set, one };
Result<FileEntry> plan_file(Source& source, const FlowSettings& settings,
                            const SourceObject& object, Pieces pieces);

}  // namespace weir
