// SPDX-License-Identifier: Apache-2.0
// File names that are allowed, and break what treats names as text. Fault 40.
#pragma once

#include <string>
#include <vector>

namespace weir::testing {

inline std::vector<std::string> hostile_names() {
  return {"new\nline",
          "single'quote",
          "double\"quote",
          "-rf",
          "--help",
          " leading and trailing ",
          "tab\tand\rreturn",
          "back\\slash",
          "$(reboot)`x`",
          "*?[a-z]{b,c}",
          "%s%n%d",
          "invalid \xff\xfe utf-8 \xc3",
          "\xe2\x80\xae"
          "txt.exe",  // right-to-left override
          "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
          "caf\xc3\xa9",
          "cafe\xcc\x81",  // the same to the eye, another file
          "\x1b[31mred",
          "'; DROP TABLE usage; --",
          "C:\\usage",
          "...",
          std::string(250, 'n')};
}

}  // namespace weir::testing
