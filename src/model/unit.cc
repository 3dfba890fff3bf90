// SPDX-License-Identifier: Apache-2.0
#include "model/unit.h"

namespace weir {

LineCounts& LineCounts::operator+=(const LineCounts& other) {
  good += other.good;
  rejected += other.rejected;
  blank += other.blank;
  return *this;
}

}  // namespace weir
