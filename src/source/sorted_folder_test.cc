// SPDX-License-Identifier: Apache-2.0
#include "source/sorted_folder.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace weir {
namespace {

using Names = std::vector<std::string>;

// So many entries, the names descending; every tenth a folder, if it is asked for.
class Descending final : public FolderCursor {
 public:
  struct Options {
    int entries = 0;
    bool folders = false;
    std::string tail{};
    std::optional<Error> error = std::nullopt;  // instead of the end
  };
  explicit Descending(Options options) : options_(std::move(options)) {}

  Result<std::optional<FolderEntry>> next() override {
    if (options_.entries == 0) {
      return options_.error ? Result<std::optional<FolderEntry>>(*options_.error)
                            : std::optional<FolderEntry>();
    }
    const int number = 10'000'000 + options_.entries--;
    const bool folder = options_.folders && number % 10 == 0;
    return std::optional<FolderEntry>({.name = std::to_string(number) + options_.tail,
                                       .kind = folder ? FileKind::folder : FileKind::regular});
  }

 private:
  Options options_;
};

struct Walked {
  Names files;
  Names folders;
  bool files_first = true;
  std::optional<Error> error;
};

Walked walk(SortedFolder& folder) {
  Walked walked;
  auto entry = folder.next();
  for (; entry && *entry; entry = folder.next()) {
    const bool is_folder = (*entry)->kind == FileKind::folder;
    walked.files_first = walked.files_first && (is_folder || walked.folders.empty());
    (is_folder ? walked.folders : walked.files).push_back((*entry)->name);
  }
  if (!entry) {
    walked.error = entry.error();
  }
  return walked;
}

TEST(SortedFolder, ShowsFilesThenFoldersByName) {
  NamesHeld held;
  SortedFolder folder(std::make_unique<Descending>(Descending::Options{1000, true}), held);
  const Walked walked = walk(folder);
  EXPECT_EQ(walked.files.size(), 900U);
  EXPECT_EQ(walked.folders.size(), 100U);
  EXPECT_TRUE(std::is_sorted(walked.files.begin(), walked.files.end()));
  EXPECT_TRUE(std::is_sorted(walked.folders.begin(), walked.folders.end()));
  EXPECT_TRUE(walked.files_first);
  EXPECT_EQ(held.bytes, 0U);
}

// fault 41
TEST(SortedFolder, AMillionEntriesAreShownOnceInBoundedMemory) {
  constexpr int count = 1'000'000;
  const std::string tail(100, 'x');
  NamesHeld held;
  SortedFolder folder(
      std::make_unique<Descending>(Descending::Options{.entries = count, .tail = tail}), held);
  const auto before = ::mallinfo2();  // nothing under a sanitizer, which then checks nothing
  std::size_t most = 0;
  int seen = 0;
  int steps_back = 0;
  std::string last;
  for (auto entry = folder.next(); *entry; entry = folder.next()) {
    steps_back += (*entry)->name < last ? 1 : 0;
    last = (*entry)->name;
    if (++seen % 1000 == 0) {
      const auto now = ::mallinfo2();
      most = std::max(most, now.uordblks + now.hblkhd - before.uordblks - before.hblkhd);
    }
  }
  EXPECT_EQ(seen, count);
  EXPECT_GT(steps_back, 0);  // portions
  EXPECT_LT(steps_back, 50);
  EXPECT_LT(most, sorted_names_bytes_max + sorted_names_bytes_max / 8);
  EXPECT_EQ(held.bytes, 0U);
}

TEST(SortedFolder, TakesSomeNamesWhereOthersHoldAllThereMayBe) {
  NamesHeld held{.bytes = sorted_names_bytes_max};
  {
    SortedFolder folder(std::make_unique<Descending>(Descending::Options{1000}), held);
    ASSERT_TRUE(*folder.next());
    EXPECT_LT(held.bytes, sorted_names_bytes_max + sorted_names_min * 256);
  }
  EXPECT_EQ(held.bytes, sorted_names_bytes_max);  // one that is left early gives back what it held
  SortedFolder folder(std::make_unique<Descending>(Descending::Options{1000}), held);
  EXPECT_EQ(walk(folder).files.size(), 1000U);
}

TEST(SortedFolder, AnErrorComesAfterWhatWasReadBeforeIt) {
  NamesHeld held;
  const Error broken{.kind = ErrorKind::unavailable, .message = "broken", .os_code = EIO};
  SortedFolder folder(
      std::make_unique<Descending>(Descending::Options{.entries = 100, .error = broken}), held);
  const Walked walked = walk(folder);
  EXPECT_EQ(walked.files.size(), 100U);
  ASSERT_TRUE(walked.error);
  EXPECT_EQ(walked.error->os_code, EIO);
  EXPECT_FALSE(folder.next());  // again and again
}

}  // namespace
}  // namespace weir
