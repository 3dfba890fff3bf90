// SPDX-License-Identifier: Apache-2.0
// How a command line ends; stable, and listed in every man page.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"

namespace weir {

enum ExitCode : int {
  exit_done = 0,
  exit_attention = 1,  // done, but a person should look
  exit_usage = 2,
  exit_no_input = 66,
  exit_unavailable = 69,
  exit_io = 74,
  exit_try_later = 75,
  exit_flow_file = 78,
};

struct ExitMeaning {
  ExitCode code = exit_done;
  std::string_view meaning;
};
std::span<const ExitMeaning> exit_meanings();

// What failed decides together with the error's kind and errno.
enum class Place { usage, flow_file, source, store, output };
ExitCode exit_code(const Error& error, Place place);

}  // namespace weir
