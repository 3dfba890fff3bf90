// SPDX-License-Identifier: Apache-2.0
// The memory file system against the disk: any order of calls gives the same answers, errno and
// all.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <cerrno>
#include <set>
#include <string>
#include <vector>

#include "support/file_worlds.h"

namespace weir::testing {
namespace {

constexpr std::array verbs = {"create",    "read",   "status",     "list",
                              "canonical", "rename", "rename new", "remove",
                              "make",      "append", "set a link", "read below"};
constexpr std::array paths = {"a", "b", "x", "x/a", "x/b", "x/y", "x/y/a", "l", "l/a", "l/y"};
// None leaves the folder, from wherever the link is: what lies around it is not the same.
constexpr std::array targets = {"a", "x", "x/y", "x/../x", "x/../a", "l", "nowhere", "."};

struct Call {
  std::size_t verb = 0;
  std::size_t path = 0;
  std::size_t other = 0;
};

void showValue(const Call& call, std::ostream& out) {  // rapidcheck's name
  out << verbs[call.verb] << " " << paths[call.path] << " " << paths[call.other] << "\n";
}

std::string answer(int os_code) {
  return os_code == 0 ? "done" : "errno " + std::to_string(os_code);
}

template <class T>
std::string answer(const Result<T>& result) {
  return answer(result ? 0 : result.error().os_code);
}

std::string answer(const FileStatus& status) {
  const bool sized = status.kind == FileKind::regular;
  return std::to_string(static_cast<int>(status.kind)) + " " +
         (sized ? std::to_string(status.size) : "");
}

class Run {
 public:
  explicit Run(std::unique_ptr<FileWorld> world) : world_(std::move(world)) {}

  std::string make(const Call& call) {
    const std::string path = world_->at(paths[call.path]);
    const std::string other = world_->at(paths[call.other]);
    const std::string verb = verbs[call.verb];
    FileSystem& files = world_->files();
    if (verb == "create") {
      auto file = files.create(path);
      return file ? answer((*file)->write(std::string(call.other, 'c'))) : answer(file);
    }
    if (verb == "status") {
      const auto status = files.status(path);
      return status ? answer(*status) : answer(status);
    }
    if (verb == "canonical") {
      const auto found = files.canonical(path);
      return found ? found->substr(world_->folder().size()) : answer(found);
    }
    if (verb == "rename") {
      return answer(files.rename(path, other));
    }
    if (verb == "rename new") {
      return answer(files.rename_new(path, other));
    }
    if (verb == "remove") {
      return answer(files.remove(path));
    }
    if (verb == "make") {
      return answer(files.make_folder(path));
    }
    return read_or_change(call, verb);
  }

 private:
  std::string read_or_change(const Call& call, const std::string& verb) {
    FileSystem& files = world_->files();
    const std::string path = paths[call.path];
    if (verb == "read") {
      return bytes_of(files.open(world_->folder(), path));
    }
    if (verb == "read below") {
      return bytes_of(files.open(world_->at(paths[call.other]), path));
    }
    if (verb == "list") {
      return names_of(files.list(world_->folder(), path));
    }
    const auto status = files.status(world_->at(path));
    if (verb == "append" && status && status->kind == FileKind::regular) {
      world_->append(world_->at(path), "more");
    }
    const auto parent = files.status(world_->at("x"));
    const bool possible =
        path.size() == 1 || (path == "x/b" && parent && parent->kind == FileKind::folder);
    if (verb == "set a link" && !status && possible) {
      world_->put_link(world_->at(path), targets[call.other % targets.size()]);
    }
    return "";
  }

  static std::string bytes_of(const Result<std::unique_ptr<ReadFile>>& file) {
    std::string bytes(100, '?');
    return file ? bytes.substr(0, *(*file)->read_at(0, bytes)) : answer(file);
  }

  static std::string names_of(const Result<std::unique_ptr<FolderCursor>>& cursor) {
    if (!cursor) {
      return answer(cursor);
    }
    std::set<std::string> names;
    for (auto entry = (*cursor)->next(); entry && *entry; entry = (*cursor)->next()) {
      names.insert((*entry)->name + std::to_string(static_cast<int>((*entry)->kind)));
    }
    std::string all;
    for (const std::string& name : names) {
      all += name + " ";
    }
    return all;
  }

  const std::unique_ptr<FileWorld> world_;
};

rc::Gen<Call> any_call() {
  return rc::gen::map(rc::gen::tuple(rc::gen::inRange<std::size_t>(0, verbs.size()),
                                     rc::gen::inRange<std::size_t>(0, paths.size()),
                                     rc::gen::inRange<std::size_t>(0, paths.size())),
                      [](const auto& drawn) {
                        return Call{.verb = std::get<0>(drawn),
                                    .path = std::get<1>(drawn),
                                    .other = std::get<2>(drawn)};
                      });
}

void compare(std::unique_ptr<FileWorld> (*one)(), std::unique_ptr<FileWorld> (*other)()) {
  const auto calls = *rc::gen::scale(3.0, rc::gen::container<std::vector<Call>>(any_call()));
  Run first(one());
  Run second(other());
  for (const Call& call : calls) {
    RC_ASSERT(first.make(call) == second.make(call));
  }
}

TEST(MemoryFileSystem, AnswersAsTheDiskDoes) {
  EXPECT_TRUE(rc::check([] { compare(disk_world, memory_world); }));
}

TEST(DiskFileSystem, AnswersTheSameWithoutOpenat2) {
  EXPECT_TRUE(rc::check([] { compare(disk_world, disk_world_without_openat2); }));
}

}  // namespace
}  // namespace weir::testing
