// SPDX-License-Identifier: Apache-2.0
// One file being written: compressed on the way, nameless until it is whole.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "io/file_system.h"
#include "model/format.h"

namespace weir {

// Compresses a stream. One thread.
class Packer {
 public:
  virtual ~Packer() = default;
  // The next stored bytes, which may be none; they live until the next call.
  virtual Result<std::span<const char>> pack(std::span<const char> bytes) = 0;
  virtual Result<std::span<const char>> finish() = 0;  // the last ones; once
};

// none, gzip or zstd; others are `invalid`.
Result<std::unique_ptr<Packer>> open_packer(Compression compression);

// Its destructor removes what was not finished. One thread. Borrows the file system.
class NewFile {
 public:
  NewFile(FileSystem& files, std::string folder, std::string name);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  Result<void> create(Compression compression);  // first; `invalid` where the name is taken
  Result<void> write(std::span<const char> bytes);
  Result<void> finish(bool sync);  // last: it has its name now
  std::uint64_t bytes_stored() const { return bytes_stored_; }
  const std::string& path() const { return path_; }

 private:
  Result<void> store(std::span<const char> bytes);

  FileSystem& files_;
  const std::string path_;
  const std::string temporary_;
  std::unique_ptr<Packer> packer_;
  std::unique_ptr<WriteFile> file_;
  std::uint64_t bytes_stored_ = 0;
  bool unfinished_ = false;
};

}  // namespace weir
