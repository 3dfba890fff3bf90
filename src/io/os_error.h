// SPDX-License-Identifier: Apache-2.0
// What an errno means to a caller, and how it is told to people. One table for every file system,
// so that the memory one refuses exactly as the disk does.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "io/file_system.h"

namespace weir {

// `unavailable`: what a person or time can mend while weir runs (disk full or failing, quota, out
// of descriptors, permission denied). `invalid`: everything else (missing, a link, not a folder).
ErrorKind kind_of_os_code(int os_code);

std::string os_reason(int os_code);  // "permission denied"

// `open day.txt: permission denied`. The path may hold any bytes; they are escaped.
Error os_error(std::string_view verb, std::string_view path, int os_code);

// Of a rename that must not replace: `rename a to b: file exists`, a conflict.
Error name_taken(std::string_view from, std::string_view to);

// Where a regular file was wanted and something of this kind is.
Error not_a_file(std::string_view verb, std::string_view path, FileKind kind);

}  // namespace weir
