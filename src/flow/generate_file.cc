// SPDX-License-Identifier: Apache-2.0
#include "flow/generate_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace weir {

NewFile::NewFile(FileSystem& files, std::string folder, std::string name)
    : files_(files),
      path_(folder + "/" + name),
      temporary_(std::move(folder) + "/." + std::move(name) + ".tmp") {}

NewFile::~NewFile() {
  file_.reset();
  if (unfinished_) {
    static_cast<void>(files_.remove(temporary_));  // what stays is skipped for its name
  }
}

Result<void> NewFile::create(Compression compression) {
  const auto there = files_.status(path_);
  if (there) {
    return Error{.message = fmt::format("{} is there already: choose another seed or prefix, or an "
                                        "empty folder",
                                        escaped(path_)),
                 .os_code = EEXIST};
  }
  if (there.error().os_code != ENOENT) {
    return there.error();
  }
  TRY_ASSIGN(packer_, open_packer(compression));
  auto file = files_.create(temporary_);
  if (!file && file.error().os_code == EEXIST) {
    return Error{.message = fmt::format("{} is there already: another generator with this seed is "
                                        "at work, or was killed; then remove it",
                                        escaped(temporary_)),
                 .os_code = EEXIST};
  }
  TRY_ASSIGN(file_, std::move(file));
  unfinished_ = true;
  return {};
}

Result<void> NewFile::store(std::span<const char> bytes) {
  bytes_stored_ += bytes.size();
  return file_->write(bytes);
}

Result<void> NewFile::write(std::span<const char> bytes) {
  CHECK(unfinished_);
  TRY_ASSIGN(const auto packed, packer_->pack(bytes));
  return store(packed);
}

Result<void> NewFile::finish(bool sync) {
  CHECK(unfinished_);
  TRY_ASSIGN(const auto packed, packer_->finish());
  TRY(store(packed));
  if (sync) {
    TRY(file_->sync());
  }
  file_.reset();
  TRY(files_.rename(temporary_, path_));
  unfinished_ = false;
  return {};
}

}  // namespace weir
