// SPDX-License-Identifier: Apache-2.0
#include "flow/put_away.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "flow/packer.h"
#include "io/path.h"

namespace weir {
namespace {

constexpr std::size_t portion_bytes = 1 << 20;

// Workers of a pool may copy the same file at a time, and crashed ones leave what they wrote: so
// many at most.
constexpr int attempts_max = 16;

// Hidden, so that no scan takes it for input.
std::string unfinished_name(const std::string& path, int attempt) {
  return joined(parent_of(path),
                "." + std::string(last_name(path)) + "." + std::to_string(attempt) + ".weir-tmp");
}

struct Unfinished {
  std::string path;
  std::unique_ptr<WriteFile> file;
};

// Nobody else's, whatever happens to lie there.
Result<Unfinished> begin_copy(FileSystem& files, const std::string& path) {
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    std::string name = unfinished_name(path, attempt);
    auto file = files.create(name);
    if (file) {
      return Unfinished{.path = std::move(name), .file = *std::move(file)};
    }
    if (file.error().os_code != EEXIST) {
      return std::move(file).error();
    }
  }
  return Error{ErrorKind::unavailable,
               std::to_string(attempts_max) + " copies of it were begun and not finished (" +
                   unfinished_name(path, 0) + ", …): remove those that nobody writes to"};
}

Result<std::unique_ptr<ReadFile>> open_file(FileSystem& files, const std::string& path) {
  return files.open(std::string(parent_of(path)), std::string(last_name(path)));
}

Result<void> write_all(ReadFile& source, WriteFile& target, Packer& packer, const Stop& stop) {
  std::vector<char> buffer(portion_bytes);
  for (std::uint64_t at = 0;;) {
    if (stop.requested()) {
      return Error{ErrorKind::unavailable, "asked to stop"};
    }
    TRY_ASSIGN(const std::size_t got, source.read_at(at, buffer));
    if (got == 0) {
      break;
    }
    TRY_ASSIGN(const auto packed, packer.pack(std::span<const char>(buffer.data(), got)));
    TRY(target.write(packed));
    at += got;
  }
  TRY_ASSIGN(const auto rest, packer.finish());
  TRY(target.write(rest));
  return target.sync();
}

Result<bool> same_content(FileSystem& files, const std::string& one, const std::string& other) {
  TRY_ASSIGN(const auto first, open_file(files, one));
  TRY_ASSIGN(const auto second, open_file(files, other));
  std::vector<char> here(portion_bytes);
  std::vector<char> there(portion_bytes);
  for (std::uint64_t at = 0;; at += portion_bytes) {
    TRY_ASSIGN(const std::size_t got_here, first->read_at(at, here));
    TRY_ASSIGN(const std::size_t got_there, second->read_at(at, there));
    if (got_here != got_there ||
        !std::equal(here.begin(), here.begin() + static_cast<std::ptrdiff_t>(got_here),
                    there.begin())) {
      return false;
    }
    if (got_here < portion_bytes) {
      return true;
    }
  }
}

// Under its name, or what has the name already is the same: an earlier attempt got so far.
Result<void> give_name(FileSystem& files, const std::string& unfinished, const std::string& name) {
  auto renamed = files.rename_new(unfinished, name);
  if (renamed || renamed.error().os_code != EEXIST) {
    return renamed;
  }
  TRY_ASSIGN(const bool same, same_content(files, unfinished, name));
  TRY(files.remove(unfinished));
  return same ? Result<void>() : renamed;
}

}  // namespace

Result<void> make_folders_of(FileSystem& files, const std::string& path) {
  const std::string folder(parent_of(path));
  if (folder.empty() || folder == "/" || files.status(folder)) {
    return {};
  }
  TRY(make_folders_of(files, folder));
  TRY(files.make_folder(folder));
  const std::string above(parent_of(folder));
  return files.sync_folder(above.empty() ? "." : above);
}

Result<void> move_file(FileSystem& files, const Transfer& transfer) {
  TRY(make_folders_of(files, transfer.to));
  TRY(files.rename_new(transfer.from, transfer.to));
  TRY(files.sync_folder(std::string(parent_of(transfer.to))));
  return files.sync_folder(std::string(parent_of(transfer.from)));
}

Result<void> copy_file(FileSystem& files, const Transfer& transfer, const Stop& stop) {
  TRY(make_folders_of(files, transfer.to));
  TRY_ASSIGN(const auto source, open_file(files, transfer.from));
  TRY_ASSIGN(const auto packer, open_packer(transfer.pack ? Compression::zstd : Compression::none));
  TRY_ASSIGN(Unfinished unfinished, begin_copy(files, transfer.to));
  auto written = write_all(*source, *unfinished.file, *packer, stop);
  unfinished.file.reset();
  if (!written) {
    static_cast<void>(files.remove(unfinished.path));
    return written;
  }
  TRY(give_name(files, unfinished.path, transfer.to));
  return files.sync_folder(std::string(parent_of(transfer.to)));
}

Result<void> remove_unfinished(FileSystem& files, const std::string& path) {
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    const auto removed = files.remove(unfinished_name(path, attempt));
    if (!removed && removed.error().os_code != ENOENT) {
      return removed;
    }
  }
  return {};
}

}  // namespace weir
