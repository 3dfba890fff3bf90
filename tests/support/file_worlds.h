// SPDX-License-Identifier: Apache-2.0
// Every file system that the conformance suites run over, each with a fresh folder, and with what
// the world does to files behind a program's back.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "io/file_system.h"

namespace weir::testing {

class FileWorld {
 public:
  virtual ~FileWorld() = default;
  virtual FileSystem& files() = 0;
  Clock& clock() { return system_clock(); }  // what all of them go by
  virtual std::string folder() const = 0;    // canonical, empty at first

  // Paths are absolute; folders on the way are there.
  virtual void put(const std::string& path, const std::string& bytes) = 0;  // rewrites in place
  virtual void append(const std::string& path, const std::string& bytes) = 0;
  virtual void truncate(const std::string& path, std::uint64_t size) = 0;
  virtual void put_link(const std::string& path, const std::string& target) = 0;
  virtual void put_pipe(const std::string& path) = 0;
  virtual void set_modified(const std::string& path, Nanoseconds modified) = 0;
  virtual std::string contents(const std::string& path) = 0;

  std::string at(const std::string& relative) const { return folder() + "/" + relative; }
};

std::unique_ptr<FileWorld> disk_world();
std::unique_ptr<FileWorld> disk_world_without_openat2();
std::unique_ptr<FileWorld> memory_world();
std::unique_ptr<FileWorld> faulty_world();  // over memory, and no fault ever comes

struct NamedFileWorld {
  std::string name;
  std::function<std::unique_ptr<FileWorld>()> make;
};
std::vector<NamedFileWorld> file_worlds();
inline void PrintTo(const NamedFileWorld& world, std::ostream* out) {
  *out << world.name;
}

}  // namespace weir::testing
