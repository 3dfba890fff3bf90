// SPDX-License-Identifier: Apache-2.0
// Each file has its durable content and the changes since. A sync makes them durable; a sync of a
// log or a journal makes the names in the folder durable, too, as SQLite asks the system to do.
#include "support/power_loss_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "support/temporary_folder.h"

namespace weir::testing {
namespace {

constexpr std::size_t sector_bytes = 512;

struct Change {
  bool is_write = true;
  std::uint64_t offset = 0;  // or the new size
  std::string bytes;
};

struct DiskFile {
  std::string durable;
  std::vector<Change> changes;
  bool named = true;                  // its name is durable
  bool removed = false;               // by name, since then
  std::optional<std::string> before;  // what durably had the name before
};

void apply(std::string& content, const Change& change) {
  if (!change.is_write) {
    content.resize(change.offset);
    return;
  }
  content.resize(std::max<std::size_t>(content.size(), change.offset + change.bytes.size()));
  content.replace(change.offset, change.bytes.size(), change.bytes);
}

// A write of which only some sectors reached the disk.
void tear(std::string& content, const Change& change, Random& random) {
  for (std::size_t at = 0; at < change.bytes.size(); at += sector_bytes) {
    if (random.next() % 2 == 0) {
      apply(content,
            {.offset = change.offset + at, .bytes = change.bytes.substr(at, sector_bytes)});
    }
  }
}

// What is left of the changes: nothing, everything, or any part in any order of arrival.
std::string left_of(const DiskFile& file, std::uint64_t seed, Random& random) {
  std::string content = file.durable;
  for (const Change& change : file.changes) {
    const std::uint64_t drawn = seed % 4 == 0 ? 0 : seed % 4 == 1 ? 2 : random.next() % 3;
    if (drawn == 2) {
      apply(content, change);
    } else if (drawn == 1) {
      change.is_write ? tear(content, change, random) : apply(content, change);
    }
  }
  return content;
}

}  // namespace

struct PowerLossVfs::State {
  sqlite3_vfs* real = nullptr;
  sqlite3_vfs vfs{};
  std::map<std::string, DiskFile> files;
  std::uint64_t steps = 0;
  std::uint64_t opens = 0;
  std::uint64_t cut = 0;
  std::uint64_t kill = 0;
  Failure failure{.first = 0, .last = 0};
  std::uint64_t counted = 0;  // of the failure's kind
  bool is_cut = false;
  bool failed = false;
  int os_code = 0;

  // SQLITE_OK: the step takes effect. At the cut it may still reach the disk, in part.
  int step(Step kind, bool& reaches_disk) {
    reaches_disk = !is_cut;
    ++steps;
    if (steps == kill) {
      std::raise(SIGKILL);
    }
    is_cut = is_cut || steps == cut;
    if (is_cut) {
      return SQLITE_IOERR;
    }
    if (failure.kind == Step::any || failure.kind == kind) {
      ++counted;
      if (counted >= failure.first && counted <= failure.last) {
        failed = true;
        reaches_disk = false;
        os_code = failure.os_code;
        return failure.code;
      }
    }
    return SQLITE_OK;
  }

  void sync_names() {
    for (auto at = files.begin(); at != files.end();) {
      at->second.named = true;
      at->second.before.reset();
      at = at->second.removed ? files.erase(at) : std::next(at);
    }
  }
};

namespace {

// SQLite allots szOsFile bytes: ours, and the real file's behind it.
struct ShimFile {
  sqlite3_file base;
  PowerLossVfs::State* state;
  std::string* path;  // of a tracked file; owned
  bool syncs_names;
  int os_code;  // of its last failure

  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  DiskFile& on_disk() { return state->files.at(*path); }
  int step(PowerLossVfs::Step kind, bool& reaches_disk) {
    const int code = state->step(kind, reaches_disk);
    os_code = code == SQLITE_OK ? os_code : state->os_code;
    return code;
  }
};

ShimFile& shim(sqlite3_file* file) {
  return *reinterpret_cast<ShimFile*>(file);
}

PowerLossVfs::State& state_of(sqlite3_vfs* vfs) {
  return *static_cast<PowerLossVfs::State*>(vfs->pAppData);
}

int shim_close(sqlite3_file* file) {
  ShimFile& self = shim(file);
  delete self.path;
  return self.real()->pMethods->xClose(self.real());
}

int shim_read(sqlite3_file* file, void* into, int bytes, sqlite3_int64 offset) {
  return shim(file).real()->pMethods->xRead(shim(file).real(), into, bytes, offset);
}

int shim_change(ShimFile& self, PowerLossVfs::Step kind, Change change) {
  bool reaches_disk = false;
  const int code = self.step(kind, reaches_disk);
  if (code != SQLITE_OK && !reaches_disk) {
    return code;
  }
  sqlite3_file* const real = self.real();
  const int done =
      change.is_write
          ? real->pMethods->xWrite(real, change.bytes.data(), static_cast<int>(change.bytes.size()),
                                   static_cast<sqlite3_int64>(change.offset))
          : real->pMethods->xTruncate(real, static_cast<sqlite3_int64>(change.offset));
  self.on_disk().changes.push_back(std::move(change));
  return code != SQLITE_OK ? code : done;
}

int shim_write(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 offset) {
  ShimFile& self = shim(file);
  if (self.path == nullptr) {
    return self.real()->pMethods->xWrite(self.real(), from, bytes, offset);
  }
  return shim_change(
      self, PowerLossVfs::Step::write,
      {.offset = static_cast<std::uint64_t>(offset),
       .bytes = std::string(static_cast<const char*>(from), static_cast<std::size_t>(bytes))});
}

int shim_truncate(sqlite3_file* file, sqlite3_int64 size) {
  ShimFile& self = shim(file);
  if (self.path == nullptr) {
    return self.real()->pMethods->xTruncate(self.real(), size);
  }
  return shim_change(self, PowerLossVfs::Step::any,
                     {.is_write = false, .offset = static_cast<std::uint64_t>(size)});
}

int shim_sync(sqlite3_file* file, int) {
  ShimFile& self = shim(file);
  if (self.path == nullptr) {
    return SQLITE_OK;
  }
  bool reaches_disk = false;
  const int code = self.step(PowerLossVfs::Step::sync, reaches_disk);
  if (code != SQLITE_OK) {
    return code;
  }
  DiskFile& disk = self.on_disk();
  for (const Change& change : disk.changes) {
    apply(disk.durable, change);
  }
  disk.changes.clear();
  disk.named = true;
  disk.before.reset();
  if (self.syncs_names) {
    self.state->sync_names();
  }
  return SQLITE_OK;
}

int shim_size(sqlite3_file* file, sqlite3_int64* size) {
  return shim(file).real()->pMethods->xFileSize(shim(file).real(), size);
}
int shim_lock(sqlite3_file* file, int level) {
  return shim(file).real()->pMethods->xLock(shim(file).real(), level);
}
int shim_unlock(sqlite3_file* file, int level) {
  return shim(file).real()->pMethods->xUnlock(shim(file).real(), level);
}
int shim_check_lock(sqlite3_file* file, int* held) {
  return shim(file).real()->pMethods->xCheckReservedLock(shim(file).real(), held);
}
int shim_control(sqlite3_file* file, int operation, void* argument) {
  if (operation == SQLITE_FCNTL_LAST_ERRNO && shim(file).os_code != 0) {
    *static_cast<int*>(argument) = shim(file).os_code;
    return SQLITE_OK;
  }
  if (operation == SQLITE_FCNTL_SIZE_HINT || operation == SQLITE_FCNTL_CHUNK_SIZE) {
    return SQLITE_OK;  // they would change the file unseen
  }
  return shim(file).real()->pMethods->xFileControl(shim(file).real(), operation, argument);
}
int shim_sector(sqlite3_file* file) {
  return shim(file).real()->pMethods->xSectorSize(shim(file).real());
}
int shim_characteristics(sqlite3_file* file) {
  return shim(file).real()->pMethods->xDeviceCharacteristics(shim(file).real());
}
int shim_map(sqlite3_file* file, int page, int bytes, int extend, void volatile** mapped) {
  return shim(file).real()->pMethods->xShmMap(shim(file).real(), page, bytes, extend, mapped);
}
int shim_shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return shim(file).real()->pMethods->xShmLock(shim(file).real(), offset, count, flags);
}
void shim_barrier(sqlite3_file* file) {
  shim(file).real()->pMethods->xShmBarrier(shim(file).real());
}
int shim_unmap(sqlite3_file* file, int remove) {
  return shim(file).real()->pMethods->xShmUnmap(shim(file).real(), remove);
}

const sqlite3_io_methods methods = {2,
                                    shim_close,
                                    shim_read,
                                    shim_write,
                                    shim_truncate,
                                    shim_sync,
                                    shim_size,
                                    shim_lock,
                                    shim_unlock,
                                    shim_check_lock,
                                    shim_control,
                                    shim_sector,
                                    shim_characteristics,
                                    shim_map,
                                    shim_shm_lock,
                                    shim_barrier,
                                    shim_unmap,
                                    nullptr,
                                    nullptr};

void track(PowerLossVfs::State& state, const std::string& path, bool was_there) {
  const auto known = state.files.find(path);
  if (known == state.files.end()) {
    state.files[path] = {.durable = was_there ? file_bytes(path) : "", .named = was_there};
  } else if (known->second.removed) {
    known->second = {.named = false, .before = known->second.before};
  }
}

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  PowerLossVfs::State& state = state_of(vfs);
  ShimFile& self = shim(file);
  self = {.state = &state};
  if (state.is_cut && (flags & SQLITE_OPEN_CREATE) != 0 && name != nullptr &&
      !std::filesystem::exists(name)) {
    return SQLITE_CANTOPEN;
  }
  const bool was_there = name != nullptr && std::filesystem::exists(name);
  const int code = state.real->xOpen(state.real, name, self.real(), flags, flags_out);
  if (code != SQLITE_OK) {
    return code;
  }
  const int logs = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;
  if (name != nullptr && (flags & (logs | SQLITE_OPEN_MAIN_DB)) != 0) {
    self.path = new std::string(name);
    self.syncs_names = (flags & logs) != 0;
    track(state, *self.path, was_there);
    state.opens += self.syncs_names ? 0 : 1;
  }
  self.base.pMethods = &methods;
  return SQLITE_OK;
}

int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  PowerLossVfs::State& state = state_of(vfs);
  bool reaches_disk = false;
  const int code = state.step(PowerLossVfs::Step::any, reaches_disk);
  if (code != SQLITE_OK) {
    return code;
  }
  const int removed = state.real->xDelete(state.real, name, 0);
  const auto known = state.files.find(name);
  if (removed == SQLITE_OK && known != state.files.end()) {
    DiskFile& disk = known->second;
    disk.before = disk.named ? disk.durable : disk.before;
    disk.removed = true;
    if (sync_folder != 0) {
      state.sync_names();
    }
  }
  return removed;
}

int last_error(sqlite3_vfs* vfs, int bytes, char* text) {
  PowerLossVfs::State& state = state_of(vfs);
  return state.os_code != 0 ? state.os_code : state.real->xGetLastError(state.real, bytes, text);
}

}  // namespace

PowerLossVfs::PowerLossVfs() : state_(std::make_unique<State>()) {
  state_->real = sqlite3_vfs_find(nullptr);
  state_->vfs = *state_->real;  // what is not of files stays as it is
  state_->vfs.pNext = nullptr;
  state_->vfs.zName = "power_loss";
  state_->vfs.pAppData = state_.get();
  state_->vfs.szOsFile = static_cast<int>(sizeof(ShimFile)) + state_->real->szOsFile;
  state_->vfs.xOpen = open;
  state_->vfs.xDelete = remove;
  state_->vfs.xGetLastError = last_error;
  CHECK(sqlite3_vfs_register(&state_->vfs, 1) == SQLITE_OK);
}

PowerLossVfs::~PowerLossVfs() {
  sqlite3_vfs_unregister(&state_->vfs);
  sqlite3_vfs_register(state_->real, 1);
}

void PowerLossVfs::heal() {
  CHECK(!state_->is_cut);
  state_->steps = state_->opens = state_->cut = state_->kill = state_->counted = 0;
  state_->failure = {.first = 0, .last = 0};
  state_->failed = false;
  state_->os_code = 0;
}

void PowerLossVfs::cut_at(std::uint64_t step) {
  heal();
  state_->cut = step;
}

void PowerLossVfs::kill_at(std::uint64_t step) {
  heal();
  state_->kill = step;
}

void PowerLossVfs::fail(const Failure& failure) {
  heal();
  state_->failure = failure;
}

std::uint64_t PowerLossVfs::steps() const {
  return state_->steps;
}

std::uint64_t PowerLossVfs::opens() const {
  return state_->opens;
}

bool PowerLossVfs::is_cut() const {
  return state_->is_cut;
}

bool PowerLossVfs::has_failed() const {
  return state_->failed;
}

void PowerLossVfs::restart(std::uint64_t seed) {
  const auto random = seeded_random(seed);
  for (const auto& [path, file] : state_->files) {
    const bool keeps_name = file.named || random->next() % 2 == 0;
    if (file.removed ? !file.before || random->next() % 2 == 0 : !keeps_name && !file.before) {
      std::filesystem::remove(path);
    } else if (file.removed || !keeps_name) {
      write_file(path, *file.before);
    } else {
      write_file(path, left_of(file, seed, *random));
    }
    std::filesystem::remove(path + "-shm");
  }
  state_->files.clear();
  state_->is_cut = false;
  heal();
}

}  // namespace weir::testing
