// SPDX-License-Identifier: Apache-2.0
#include "support/file_worlds.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "base/check.h"
#include "io/disk.h"
#include "io/faulty.h"
#include "io/memory.h"
#include "support/temporary_folder.h"

namespace weir::testing {
namespace {

class DiskWorld final : public FileWorld {
 public:
  explicit DiskWorld(const DiskOptions& options) : files_(disk_file_system(options)) {}

  FileSystem& files() override { return *files_; }
  std::string folder() const override { return folder_.path(); }

  void put(const std::string& path, const std::string& bytes) override { write_file(path, bytes); }
  void append(const std::string& path, const std::string& bytes) override {
    write_file(path, bytes, std::ios::app);
  }
  void truncate(const std::string& path, std::uint64_t size) override {
    CHECK(::truncate(path.c_str(), static_cast<off_t>(size)) == 0);
  }
  void put_link(const std::string& path, const std::string& target) override {
    CHECK(::symlink(target.c_str(), path.c_str()) == 0);
  }
  void put_pipe(const std::string& path) override { CHECK(::mkfifo(path.c_str(), 0600) == 0); }
  void set_modified(const std::string& path, Nanoseconds modified) override {
    const timespec time{.tv_sec = modified / 1'000'000'000, .tv_nsec = modified % 1'000'000'000};
    const timespec times[] = {time, time};
    CHECK(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
  }
  std::string contents(const std::string& path) override { return file_bytes(path); }

 private:
  const TemporaryFolder folder_;
  const std::unique_ptr<FileSystem> files_;
};

class MemoryWorld final : public FileWorld {
 public:
  MemoryWorld() { CHECK(files_->make_folder("/t")); }

  FileSystem& files() override { return *files_; }
  std::string folder() const override { return "/t"; }

  void put(const std::string& path, const std::string& bytes) override { files_->put(path, bytes); }
  void append(const std::string& path, const std::string& bytes) override {
    files_->append(path, bytes);
  }
  void truncate(const std::string& path, std::uint64_t size) override {
    files_->truncate(path, size);
  }
  void put_link(const std::string& path, const std::string& target) override {
    files_->put_link(path, target);
  }
  void put_pipe(const std::string& path) override { files_->put_special(path); }
  void set_modified(const std::string& path, Nanoseconds modified) override {
    files_->set_modified(path, modified);
  }
  std::string contents(const std::string& path) override { return files_->contents(path).value(); }

 private:
  const std::unique_ptr<MemoryFileSystem> files_ = memory_file_system(system_clock());
};

class FaultyWorld final : public FileWorld {
 public:
  FileSystem& files() override { return *files_; }
  std::string folder() const override { return world_.folder(); }

  void put(const std::string& path, const std::string& bytes) override { world_.put(path, bytes); }
  void append(const std::string& path, const std::string& bytes) override {
    world_.append(path, bytes);
  }
  void truncate(const std::string& path, std::uint64_t size) override {
    world_.truncate(path, size);
  }
  void put_link(const std::string& path, const std::string& target) override {
    world_.put_link(path, target);
  }
  void put_pipe(const std::string& path) override { world_.put_pipe(path); }
  void set_modified(const std::string& path, Nanoseconds modified) override {
    world_.set_modified(path, modified);
  }
  std::string contents(const std::string& path) override { return world_.contents(path); }

 private:
  MemoryWorld world_;
  const std::unique_ptr<Random> random_ = seeded_random(1);
  const std::unique_ptr<FaultPlan> plan_ = seeded_faults(*random_, {});
  const std::unique_ptr<FileSystem> files_ = faulty_file_system(world_.files(), *plan_);
};

}  // namespace

std::unique_ptr<FileWorld> disk_world() {
  return std::make_unique<DiskWorld>(DiskOptions{});
}

std::unique_ptr<FileWorld> disk_world_without_openat2() {
  return std::make_unique<DiskWorld>(DiskOptions{.openat2 = false});
}

std::unique_ptr<FileWorld> memory_world() {
  return std::make_unique<MemoryWorld>();
}

std::unique_ptr<FileWorld> faulty_world() {
  return std::make_unique<FaultyWorld>();
}

std::vector<NamedFileWorld> file_worlds() {
  return {{"Disk", disk_world},
          {"DiskWithoutOpenat2", disk_world_without_openat2},
          {"Memory", memory_world},
          {"FaultyWithoutFaults", faulty_world}};
}

}  // namespace weir::testing
