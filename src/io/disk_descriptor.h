// SPDX-License-Identifier: Apache-2.0
// Descriptors of the operating system, and opening them without leaving a folder.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace weir {

// Owns an open descriptor, as a unique_ptr owns its object: it moves, and closes at its end.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();

  int number() const { return number_; }  // -1: none
  int release() { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

struct ConfinedPath {
  const std::string& root;      // "" or ".": the working folder. Its own links are followed.
  const std::string& relative;  // "": the root itself
  std::string_view verb;        // for the error: "open", "list"
};

// Opens without following a link in `relative` and without leaving `root`. `flags` as for open(2);
// O_CLOEXEC and O_NOFOLLOW are added. With `openat2` the kernel resolves the path in one step;
// without it, or where the kernel has no openat2, it is walked component by component.
Result<Descriptor> open_confined(const ConfinedPath& path, int flags, bool openat2);

}  // namespace weir
