// SPDX-License-Identifier: Apache-2.0
// A stream read ahead by a task of its own, so that bytes are fetched or inflated while those
// before them are parsed and folded. It costs a copy of the bytes; a plain file, whose portions
// keep all cores busy anyhow, is read without.
#pragma once

#include <cstddef>
#include <memory>

#include "base/tasks.h"
#include "format/byte_stream.h"

namespace weir {

struct ReadAheadOptions {
  std::size_t block_bytes = 512 << 10;  // read at once
  std::size_t blocks = 3;               // in memory: one being read, one waiting, one being parsed
};

// Borrows both. The bytes and the error of the stream, in order; the stream is the task's until the
// end was read, or until this is destroyed, which waits for a read that is under way. Where no task
// can be had, it is read here.
std::unique_ptr<ByteStream> read_ahead(ByteStream& stream, Tasks& tasks,
                                       const ReadAheadOptions& options = {});

}  // namespace weir
