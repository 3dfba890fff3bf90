// SPDX-License-Identifier: Apache-2.0
// The names in logs: of what happened (`event`), and of what is told about it (`field`). They are
// for programs, and stay as they are; new ones may come. docs/logs.md lists them with these words,
// and tools/check_docs.py holds the two together.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace weir {

namespace event {

// a file is set aside: nothing more of it is counted until someone decides
inline constexpr std::string_view file_set_aside = "file.set_aside";
// an accepted file is given up for now, and is tried again later
inline constexpr std::string_view file_waits = "file.waits";
// a file could not be looked at, and is looked at again later
inline constexpr std::string_view file_unreadable = "file.unreadable";
// two files hold the same bytes, and both are counted
inline constexpr std::string_view file_duplicate = "file.duplicate";
// no file was finished within the time that was given
inline constexpr std::string_view generate_nothing = "generate.nothing";
// so much was told at once that some of it was left out
inline constexpr std::string_view notes_dropped = "notes.dropped";

}  // namespace event

namespace field {

// of a file
inline constexpr std::string_view path = "path";
// number of a file in the ledger
inline constexpr std::string_view file = "file";
// why
inline constexpr std::string_view reason = "reason";
// path of the file that came first
inline constexpr std::string_view duplicate_of = "duplicate_of";
// how many were left out
inline constexpr std::string_view dropped = "dropped";

// Those that are numbers in JSON; the others are texts.
inline constexpr std::array numbers = {file, dropped};
constexpr bool is_number(std::string_view name) {
  return std::find(numbers.begin(), numbers.end(), name) != numbers.end();
}

}  // namespace field

}  // namespace weir
