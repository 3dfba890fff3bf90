// SPDX-License-Identifier: Apache-2.0
// What a memory database holds, as pages of a copy and back. Private to this folder.
#pragma once

#include <vector>

#include "store/memory_database.h"

namespace weir {

// All under the mutex.
Books books_of(const MemoryDatabase& database);
std::vector<CopyPage> pages_of(const MemoryDatabase& database);
// See TableCopy::receive. The first page is a CopiedTable.
Result<CopyReceipt> take_copy(MemoryDatabase& database, const std::vector<CopyPage>& pages);

}  // namespace weir
