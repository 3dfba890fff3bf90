// SPDX-License-Identifier: Apache-2.0
// The machine: the seams through which weir touches the world below it, passed in as one.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/tasks.h"
#include "io/file_system.h"

namespace weir {

struct Machine {  // borrows; outlived by what it points to
  Clock& clock;
  Random& random;
  Tasks& tasks;
  FileSystem& files;
};

}  // namespace weir
