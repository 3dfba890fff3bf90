// SPDX-License-Identifier: Apache-2.0
#include "flow/put_away.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "flow/packer.h"
#include "io/path.h"

namespace weir {
namespace {

constexpr std::size_t portion_bytes = 1 << 20;

// Hidden, so that no scan takes it for input; the same again after a crash, so that nothing is
// left.
std::string unfinished_name(const std::string& path) {
  return joined(parent_of(path), "." + std::string(last_name(path)) + ".weir-tmp");
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
  const std::string unfinished = unfinished_name(transfer.to);
  static_cast<void>(files.remove(unfinished));  // of an earlier attempt, if any
  TRY_ASSIGN(const auto source, open_file(files, transfer.from));
  TRY_ASSIGN(const auto packer, open_packer(transfer.pack ? Compression::zstd : Compression::none));
  {
    TRY_ASSIGN(const auto target, files.create(unfinished));
    if (auto written = write_all(*source, *target, *packer, stop); !written) {
      static_cast<void>(files.remove(unfinished));
      return written;
    }
  }
  TRY(give_name(files, unfinished, transfer.to));
  return files.sync_folder(std::string(parent_of(transfer.to)));
}

}  // namespace weir
