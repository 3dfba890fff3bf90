// SPDX-License-Identifier: Apache-2.0
// A file system in memory, with every rule of the contract: for simulation, and as the reference
// that the conformance suite holds the others against. It also knows what a power cut leaves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/tasks.h"
#include "io/file_system.h"

namespace weir {

// As a disk does, it keeps removed files for those who have them open, and gives the inode numbers
// of vanished ones again, lowest first. No two changes have the same time, however slowly the
// clock goes. The working folder is "/". Any thread.
//
// The calls below are the world's, not weir's: what they write is durable at once, folders on the
// way are made as needed, and they are bugs where they make no sense.
class MemoryFileSystem : public FileSystem {
 public:
  // A file that is there is rewritten in place: the inode stays.
  virtual void put(const std::string& path, std::string bytes) = 0;
  // As a rename over it does: a new inode under the same name.
  virtual void replace(const std::string& path, std::string bytes) = 0;
  virtual void append(const std::string& path, const std::string& bytes) = 0;
  virtual void truncate(const std::string& path, std::uint64_t size) = 0;
  virtual void put_link(const std::string& path, const std::string& target) = 0;  // symbolic
  virtual void put_special(const std::string& path) = 0;  // a pipe, socket or device
  virtual void set_modified(const std::string& path, Nanoseconds modified) = 0;  // as `touch -d`
  virtual void deny(const std::string& path, bool denied) = 0;  // permission to open, list, pass
  virtual std::optional<std::string> contents(const std::string& path) = 0;  // nothing: no file
  // What lies at a path and below it is on such a file system from now on.
  virtual void mount(const std::string& path, const FilePlace& place) = 0;
  virtual void limit_watches(std::size_t folders) = 0;  // of all watchers together
  virtual void overflow_events() = 0;  // what watchers were told and did not hear yet is lost

  // A power cut, and the start after it: files have the bytes of their last sync, folders the names
  // of theirs; whatever is open for writing or reading, or watches, fails from now on.
  virtual void crash() = 0;
};

// Borrows clock and tasks; open files may outlive the file system. Tasks are what waits for folder
// events; without them, threads.
std::unique_ptr<MemoryFileSystem> memory_file_system(Clock& clock);
std::unique_ptr<MemoryFileSystem> memory_file_system(Clock& clock, Tasks& tasks);

}  // namespace weir
