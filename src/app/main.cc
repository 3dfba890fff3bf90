// SPDX-License-Identifier: Apache-2.0
#include "app/run.h"
#include "app/system.h"

int main(int count, char** words) {
  const auto process = weir::operating_system();
  const int code = weir::run({words + (count > 0 ? 1 : 0), words + count}, process->system());
  process->leave_if_any_hangs(code);
  return code;
}
