// SPDX-License-Identifier: Apache-2.0
// Paths as bytes. Nothing here touches a file system.
#pragma once

#include <string>
#include <string_view>

namespace weir {

// `relative` within `root`; an empty part adds nothing.
std::string joined(std::string_view root, std::string_view relative);

std::string_view last_name(std::string_view path);  // "c" of "/a/b/c"
std::string_view parent_of(std::string_view path);  // "/a/b" of "/a/b/c", "/" of "/a", "" of "a"

// Without empty names and ".": "/a/b" of "/a//./b/". ".." stays: what it means only a disk can say.
std::string without_dots(std::string_view path);

// What of `path` lies below `folder` ("" for the folder itself); both canonical. Check first.
bool lies_within(std::string_view path, std::string_view folder);
std::string_view below(std::string_view path, std::string_view folder);

// 0 for a path that stays below its root by its text: not absolute, no "..", no NUL byte. Else the
// errno to refuse it with.
int refusal_of_relative(std::string_view relative);

}  // namespace weir
