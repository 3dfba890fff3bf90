// SPDX-License-Identifier: Apache-2.0
#include "source/directory_file.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.h"

namespace weir {
namespace {

class DirectoryFile final : public SourceFile {
 public:
  DirectoryFile(DirectoryFileOptions options, const FileStatus& pinned)
      : options_(std::move(options)), pinned_(pinned) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
    const std::uint64_t left = pinned_.size - std::min(offset, pinned_.size);
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(left, into.size()));
    TRY_ASSIGN(const std::size_t got, options_.file->read_at(offset, into.first(want)));
    if (got < want) {
      return changed("became shorter");
    }
    return got;
  }

  Result<FileStatus> status() override { return options_.file->status(); }
  VersionToken token() const override { return token_of(pinned_); }

  Result<void> still_pinned() override {
    TRY_ASSIGN(const FileStatus now, options_.file->status());
    TRY(check_version(now));
    const auto named = options_.files.status(options_.path);
    if (!named) {
      const bool gone = named.error().os_code == ENOENT || named.error().os_code == ENOTDIR;
      return gone ? Result<void>() : named.error();
    }
    if (named->inode != pinned_.inode || named->device != pinned_.device) {
      return changed("was replaced by another file of that name");
    }
    if (now.changed != pinned_.changed) {
      return changed("was touched (chmod or ln, or a rewrite whose time was set back)", EAGAIN);
    }
    return {};
  }

 private:
  Error changed(const std::string& how, int os_code = 0) const {
    return {.kind = ErrorKind::conflict,
            .message = escaped(options_.path) + " " + how + " while it was read",
            .os_code = os_code};
  }

  Result<void> check_version(const FileStatus& now) const {
    if (now.size != pinned_.size) {
      return changed((now.size < pinned_.size ? "became shorter (" : "became longer (") +
                     std::to_string(pinned_.size) + " bytes before, " + std::to_string(now.size) +
                     " now)");
    }
    if (now.modified != pinned_.modified) {
      return changed("was rewritten");
    }
    return {};
  }

  const DirectoryFileOptions options_;
  const FileStatus pinned_;
};

}  // namespace

VersionToken token_of(const FileStatus& status) {
  return {.size = status.size, .inode = status.inode, .modified = status.modified, .tag = {}};
}

Result<std::unique_ptr<SourceFile>> pin_directory_file(DirectoryFileOptions options) {
  TRY_ASSIGN(const FileStatus pinned, options.file->status());
  return std::unique_ptr<SourceFile>(std::make_unique<DirectoryFile>(std::move(options), pinned));
}

}  // namespace weir
