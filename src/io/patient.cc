// SPDX-License-Identifier: Apache-2.0
#include "io/patient.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "io/errands.h"
#include "io/path.h"

namespace weir {
namespace {

constexpr std::size_t entries_at_once = 256;  // of a folder, by one errand
constexpr std::size_t paths_at_once = 256;    // that are asked where they lie

class PatientFile final : public ReadFile {
 public:
  PatientFile(std::shared_ptr<Errands> errands, std::string path, std::unique_ptr<ReadFile> file)
      : errands_(std::move(errands)), path_(std::move(path)), file_(std::move(file)) {}
  ~PatientFile() override { errands_->free(path_, std::move(file_)); }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
    const std::size_t want = into.size();
    const auto bytes = std::make_shared_for_overwrite<char[]>(want);
    TRY_ASSIGN(const std::size_t got,
               errands_->ask<std::size_t>(path_, [file = file_, bytes, offset, want] {
                 return file->read_at(offset, {bytes.get(), want});
               }));
    std::copy_n(bytes.get(), got, into.data());
    return got;
  }

  Result<FileStatus> status() override {
    return errands_->ask<FileStatus>(path_, [file = file_] { return file->status(); });
  }

 private:
  const std::shared_ptr<Errands> errands_;
  const std::string path_;
  std::shared_ptr<ReadFile> file_;  // shared with calls that hang
};

struct Entries {
  std::vector<FolderEntry> read;
  bool ended = false;
  std::optional<Error> error;  // behind them
};

Result<Entries> read_some(FolderCursor& cursor) {
  Entries entries;
  while (entries.read.size() < entries_at_once) {
    auto entry = cursor.next();
    if (!entry) {
      entries.error = std::move(entry).error();
      break;
    }
    if (!*entry) {
      entries.ended = true;
      break;
    }
    entries.read.push_back(**std::move(entry));
  }
  return entries;
}

class PatientCursor final : public FolderCursor {
 public:
  PatientCursor(std::shared_ptr<Errands> errands, std::string path,
                std::unique_ptr<FolderCursor> cursor)
      : errands_(std::move(errands)), path_(std::move(path)), cursor_(std::move(cursor)) {}
  ~PatientCursor() override { errands_->free(path_, std::move(cursor_)); }

  Result<std::optional<FolderEntry>> next() override {
    while (next_ == entries_.read.size()) {
      if (entries_.error) {
        return *entries_.error;
      }
      if (entries_.ended) {
        return std::optional<FolderEntry>();
      }
      read_more();
    }
    return std::optional<FolderEntry>(std::move(entries_.read[next_++]));
  }

 private:
  // After an error nothing more is read: a call that hangs has the cursor in its hands.
  void read_more() {
    auto more = errands_->ask<Entries>(path_, [cursor = cursor_] { return read_some(*cursor); });
    entries_ = more ? *std::move(more) : Entries{.read = {}, .error = std::move(more).error()};
    next_ = 0;
  }

  const std::shared_ptr<Errands> errands_;
  const std::string path_;
  std::shared_ptr<FolderCursor> cursor_;  // shared with a call that hangs
  Entries entries_;
  std::size_t next_ = 0;
};

using Paths = std::set<std::string, std::less<>>;

class PatientFiles final : public FileSystem {
 public:
  PatientFiles(FileSystem& files, std::shared_ptr<Errands> errands, Paths paths)
      : files_(files), errands_(std::move(errands)), paths_(std::move(paths)) {}

  Result<std::unique_ptr<ReadFile>> open(const std::string& root,
                                         const std::string& relative) override {
    const std::string path = joined(root, relative);
    if (!concerns(path)) {
      return files_.open(root, relative);
    }
    TRY_ASSIGN(auto file,
               errands_->ask<std::unique_ptr<ReadFile>>(
                   path, [&files = files_, root, relative] { return files.open(root, relative); }));
    return std::unique_ptr<ReadFile>(
        std::make_unique<PatientFile>(errands_, path, std::move(file)));
  }

  Result<std::unique_ptr<FolderCursor>> list(const std::string& root,
                                             const std::string& relative) override {
    const std::string path = joined(root, relative);
    if (!concerns(path)) {
      return files_.list(root, relative);
    }
    TRY_ASSIGN(auto cursor,
               errands_->ask<std::unique_ptr<FolderCursor>>(
                   path, [&files = files_, root, relative] { return files.list(root, relative); }));
    return std::unique_ptr<FolderCursor>(
        std::make_unique<PatientCursor>(errands_, path, std::move(cursor)));
  }

  Result<FileStatus> status(const std::string& path) override {
    return asked<FileStatus>(path, [&files = files_, path] { return files.status(path); });
  }
  Result<std::string> canonical(const std::string& path) override {
    return asked<std::string>(path, [&files = files_, path] { return files.canonical(path); });
  }
  Result<Writers> writers(const std::string& root, const std::string& relative) override {
    return asked<Writers>(joined(root, relative), [&files = files_, root, relative] {
      return files.writers(root, relative);
    });
  }
  Result<FilePlace> place(const std::string& path) override {
    return asked<FilePlace>(path, [&files = files_, path] { return files.place(path); });
  }

  Result<std::unique_ptr<WriteFile>> create(const std::string& path) override {
    return files_.create(path);
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return files_.rename(from, to);
  }
  Result<void> rename_new(const std::string& from, const std::string& to) override {
    return files_.rename_new(from, to);
  }
  Result<void> remove(const std::string& path) override { return files_.remove(path); }
  Result<void> make_folder(const std::string& path) override { return files_.make_folder(path); }
  Result<void> sync_folder(const std::string& path) override { return files_.sync_folder(path); }
  std::unique_ptr<FolderEvents> events() override { return files_.events(); }

 private:
  // Whether it is one of the paths, or lies below one.
  bool concerns(std::string_view path) const {
    while (!paths_.contains(path)) {
      const std::string_view parent = parent_of(path);
      if (parent.size() >= path.size()) {
        return false;
      }
      path = parent;
    }
    return true;
  }

  template <class T>
  Result<T> asked(const std::string& path, const std::function<Result<T>()>& call) {
    return concerns(path) ? errands_->ask<T>(path, call) : call();
  }

  FileSystem& files_;
  const std::shared_ptr<Errands> errands_;  // open files have it, too
  const Paths paths_;
};

using PathSpan = std::span<const std::string>;

// Those that are not local, or all of them: as they are named, and canonical.
Result<Paths> paths_to_wait_for(FileSystem& files, const std::vector<std::string>& paths,
                                bool local_too) {
  Paths found;
  for (const std::string& path : paths) {
    TRY_ASSIGN(const std::string canonical, files.canonical(path));
    const auto place = files.place(canonical);
    if (local_too || (place && !place->local)) {
      found.insert(path);
      found.insert(canonical);
    }
  }
  return found;
}

}  // namespace

Result<std::unique_ptr<FileSystem>> patient_file_system(const PatientOptions& options) {
  const auto errands = std::make_shared<Errands>(Errands::Options{.tasks = options.tasks,
                                                                  .clock = options.clock,
                                                                  .stop = options.stop,
                                                                  .timeout = options.timeout,
                                                                  .hangs_max = patient_hangs_max});
  Paths found;
  for (PathSpan rest = options.paths; !rest.empty();) {
    const PathSpan some = rest.first(std::min(rest.size(), paths_at_once));
    rest = rest.subspan(some.size());
    TRY_ASSIGN(Paths more,
               errands->ask<Paths>(
                   some.front(),
                   [&files = options.files, named = std::vector(some.begin(), some.end()),
                    all = options.local_too] { return paths_to_wait_for(files, named, all); }));
    found.merge(more);
  }
  if (found.empty()) {
    return std::unique_ptr<FileSystem>();
  }
  return std::unique_ptr<FileSystem>(
      std::make_unique<PatientFiles>(options.files, errands, std::move(found)));
}

}  // namespace weir
