// SPDX-License-Identifier: Apache-2.0
#include "io/faulty.h"

#include <atomic>
#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "io/os_error.h"
#include "io/path.h"

namespace weir {
namespace {

// What one kind of call fails with, and how often.
struct Chance {
  double probability = 0;
  int os_code = 0;
  int other_os_code = 0;
};

Chance chance_of(const FileFaults& faults, FileCall call) {
  switch (call) {
    case FileCall::open:
      return {faults.open, EMFILE, EMFILE};
    case FileCall::read:
      return {faults.read, EIO, EIO};
    case FileCall::status:
      return {faults.status, EIO, EIO};
    case FileCall::list:
      return {faults.list, EMFILE, EIO};
    case FileCall::create:
      return {faults.create, EMFILE, ENOSPC};
    case FileCall::write:
      return {faults.write, ENOSPC, EIO};
    case FileCall::sync:
      return {faults.sync, EIO, EIO};
    case FileCall::rename:
    case FileCall::remove:
    case FileCall::make_folder:
      return {faults.rename, ENOSPC, EIO};
  }
  CHECK(false);
}

class SeededFaults final : public FaultPlan {
 public:
  SeededFaults(Random& random, const FileFaults& faults) : random_(random), faults_(faults) {}

  int strike(FileCall call) override {
    const Chance chance = chance_of(faults_, call);
    if (chance.probability <= 0) {
      return 0;  // and draws no number: runs with fewer kinds of fault stay comparable
    }
    calls_ += 1;
    const std::uint64_t drawn = random_.next();
    constexpr double unit = 0x1p-53;  // the upper 53 bits are the fraction, the lowest the choice
    if (static_cast<double>(drawn >> 11) * unit >= chance.probability) {
      return 0;
    }
    strikes_ += 1;
    return (drawn & 1) == 0 ? chance.os_code : chance.other_os_code;
  }
  std::uint64_t strikes() const override { return strikes_; }
  std::uint64_t calls_counted() const override { return calls_; }

 private:
  Random& random_;
  const FileFaults faults_;
  std::atomic<std::uint64_t> calls_ = 0;
  std::atomic<std::uint64_t> strikes_ = 0;
};

class NthCallFault final : public FaultPlan {
 public:
  explicit NthCallFault(const NthCall& fault) : fault_(fault) {}

  int strike(FileCall call) override {
    if (!fault_.kinds.empty() && !fault_.kinds.contains(call)) {
      return 0;
    }
    const std::uint64_t number = ++calls_;
    const bool later = fault_.and_all_later && fault_.n > 0 && number > fault_.n;
    if (number != fault_.n && !later) {
      return 0;
    }
    strikes_ += 1;
    return fault_.os_code;
  }
  std::uint64_t strikes() const override { return strikes_; }
  std::uint64_t calls_counted() const override { return calls_; }

 private:
  const NthCall fault_;
  std::atomic<std::uint64_t> calls_ = 0;
  std::atomic<std::uint64_t> strikes_ = 0;
};

// What each wrapper asks before it passes a call on.
Result<void> pass(FaultPlan& plan, FileCall call, std::string_view verb, std::string_view path) {
  if (const int os_code = plan.strike(call); os_code != 0) {
    return os_error(verb, path, os_code);
  }
  return {};
}

class FaultyReadFile final : public ReadFile {
 public:
  FaultyReadFile(std::unique_ptr<ReadFile> file, FaultPlan& plan, std::string path)
      : file_(std::move(file)), plan_(plan), path_(std::move(path)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
    TRY(pass(plan_, FileCall::read, "read", path_));
    return file_->read_at(offset, into);
  }
  Result<FileStatus> status() override {
    TRY(pass(plan_, FileCall::status, "look at", path_));
    return file_->status();
  }

 private:
  const std::unique_ptr<ReadFile> file_;
  FaultPlan& plan_;
  const std::string path_;
};

class FaultyWriteFile final : public WriteFile {
 public:
  FaultyWriteFile(std::unique_ptr<WriteFile> file, FaultPlan& plan, std::string path)
      : file_(std::move(file)), plan_(plan), path_(std::move(path)) {}

  Result<void> write(std::span<const char> bytes) override {
    if (failed_ == 0) {
      failed_ = plan_.strike(FileCall::write);
      if (failed_ == 0) {
        return file_->write(bytes);
      }
      TRY(file_->write(bytes.first(bytes.size() / 2)));
    }
    return os_error("write", path_, failed_);
  }
  Result<void> sync() override {
    if (failed_ == 0) {
      failed_ = plan_.strike(FileCall::sync);
    }
    if (failed_ == 0) {
      return file_->sync();
    }
    return os_error("sync", path_, failed_);
  }

 private:
  const std::unique_ptr<WriteFile> file_;
  FaultPlan& plan_;
  const std::string path_;
  int failed_ = 0;
};

class FaultyFolderCursor final : public FolderCursor {
 public:
  FaultyFolderCursor(std::unique_ptr<FolderCursor> cursor, FaultPlan& plan, std::string path)
      : cursor_(std::move(cursor)), plan_(plan), path_(std::move(path)) {}

  Result<std::optional<FolderEntry>> next() override {
    TRY(pass(plan_, FileCall::list, "list", path_));
    return cursor_->next();
  }

 private:
  const std::unique_ptr<FolderCursor> cursor_;
  FaultPlan& plan_;
  const std::string path_;
};

class FaultyFileSystem final : public FileSystem {
 public:
  FaultyFileSystem(FileSystem& files, FaultPlan& plan) : files_(files), plan_(plan) {}

  Result<std::unique_ptr<ReadFile>> open(const std::string& root,
                                         const std::string& relative) override {
    const std::string path = joined(root, relative);
    TRY(pass(plan_, FileCall::open, "open", path));
    TRY_ASSIGN(auto file, files_.open(root, relative));
    return std::unique_ptr<ReadFile>(
        std::make_unique<FaultyReadFile>(std::move(file), plan_, path));
  }
  Result<std::unique_ptr<FolderCursor>> list(const std::string& root,
                                             const std::string& relative) override {
    const std::string path = joined(root, relative);
    TRY(pass(plan_, FileCall::list, "list", path));
    TRY_ASSIGN(auto cursor, files_.list(root, relative));
    return std::unique_ptr<FolderCursor>(
        std::make_unique<FaultyFolderCursor>(std::move(cursor), plan_, path));
  }
  Result<FileStatus> status(const std::string& path) override {
    TRY(pass(plan_, FileCall::status, "look at", path));
    return files_.status(path);
  }
  Result<std::string> canonical(const std::string& path) override {
    TRY(pass(plan_, FileCall::status, "find", path));
    return files_.canonical(path);
  }
  Result<Writers> writers(const std::string& root, const std::string& relative) override {
    TRY(pass(plan_, FileCall::open, "open", joined(root, relative)));
    return files_.writers(root, relative);
  }
  Result<FilePlace> place(const std::string& path) override {
    TRY(pass(plan_, FileCall::status, "look at", path));
    return files_.place(path);
  }
  Result<std::unique_ptr<WriteFile>> create(const std::string& path) override {
    TRY(pass(plan_, FileCall::create, "create", path));
    TRY_ASSIGN(auto file, files_.create(path));
    return std::unique_ptr<WriteFile>(
        std::make_unique<FaultyWriteFile>(std::move(file), plan_, path));
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    TRY(pass(plan_, FileCall::rename, "rename", from));
    return files_.rename(from, to);
  }
  Result<void> rename_new(const std::string& from, const std::string& to) override {
    TRY(pass(plan_, FileCall::rename, "rename", from));
    return files_.rename_new(from, to);
  }
  Result<void> remove(const std::string& path) override {
    TRY(pass(plan_, FileCall::remove, "remove", path));
    return files_.remove(path);
  }
  Result<void> make_folder(const std::string& path) override {
    TRY(pass(plan_, FileCall::make_folder, "make folder", path));
    return files_.make_folder(path);
  }
  Result<void> sync_folder(const std::string& path) override {
    TRY(pass(plan_, FileCall::sync, "sync folder", path));
    return files_.sync_folder(path);
  }
  std::unique_ptr<FolderEvents> events() override { return files_.events(); }

 private:
  FileSystem& files_;
  FaultPlan& plan_;
};

}  // namespace

std::unique_ptr<FaultPlan> seeded_faults(Random& random, const FileFaults& faults) {
  return std::make_unique<SeededFaults>(random, faults);
}

std::unique_ptr<FaultPlan> nth_call_fault(const NthCall& fault) {
  return std::make_unique<NthCallFault>(fault);
}

std::unique_ptr<FileSystem> faulty_file_system(FileSystem& files, FaultPlan& plan) {
  return std::make_unique<FaultyFileSystem>(files, plan);
}

}  // namespace weir
