// SPDX-License-Identifier: Apache-2.0
// Arrivals over every file system: whatever producers do to files and folders, and whenever
// somebody listens, every file that is there in the end was heard, or a rescan was asked for after
// it came.
#include "source/arrivals.h"

#include <gtest/gtest.h>

#include <functional>
#include <iterator>
#include <set>

#include "base/random.h"
#include "support/file_worlds.h"

namespace weir::testing {
namespace {

class ArrivalsContract : public ::testing::TestWithParam<NamedFileWorld> {};

class Trial {
 public:
  Trial(std::unique_ptr<FileWorld> world, std::uint64_t seed)
      : world_(std::move(world)), choice_(seeded_random(seed)) {
    EXPECT_TRUE(files().make_folder(world_->at("in")));
  }

  // A file that was missed; empty: none.
  std::string run() {
    const DirectorySourceOptions options{.paths = {world_->at("in")}};
    const auto source = open_directory_source(files(), options);
    const auto arrivals = hear_directories(files(), world_->clock(), options);
    for (int step = 0; step < 60; ++step) {
      produce();
      if (below(5) == 0) {
        hear(**source, *arrivals);
      }
    }
    hear(**source, *arrivals);
    return missed(**source);
  }
  std::uint64_t heard() const { return heard_; }

 private:
  FileSystem& files() { return world_->files(); }
  std::uint64_t below(std::uint64_t bound) { return choice_->next() % bound; }

  std::string any_folder() {
    constexpr const char* folders[] = {"in", "in/x", "in/x/y", "in/z", "in/.h", "aside"};
    return world_->at(folders[below(std::size(folders))]);
  }

  // Most of it fails, since something is in the way, or is not there. The named folder stays: it is
  // looked at once a second only.
  void produce() {
    const std::string folder = any_folder();
    const std::string other = any_folder();
    const std::string name = folder + "/" + std::to_string(next_name_++);
    const bool root = folder == world_->at("in");
    switch (root ? 4 + below(4) : below(8)) {
      case 0:
        if (other != world_->at("in")) {
          static_cast<void>(files().rename(folder, other));
        }
        break;
      case 1:
        remove_all(folder);
        break;
      case 2:
      case 3:
        static_cast<void>(files().make_folder(folder));
        break;
      case 4:
        static_cast<void>(files().create(name));
        break;
      default:
        if (files().create(name + ".tmp")) {
          EXPECT_TRUE(files().rename(name + ".tmp", name));
        }
    }
  }

  void remove_all(const std::string& folder) {
    if (const auto cursor = files().list(folder, "")) {
      for (auto entry = (*cursor)->next(); entry && *entry; entry = (*cursor)->next()) {
        static_cast<void>(files().remove(folder + "/" + (*entry)->name));
      }
    }
    static_cast<void>(files().remove(folder));
  }

  void hear(Source& source, Arrivals& arrivals) {
    for (bool more = true; more;) {
      const auto heard = arrivals.wait(0);
      ASSERT_TRUE(heard) << heard.error().message;
      more = !heard->files.empty();
      if (heard->rescan) {
        for_each(source, [&](const std::string& path) { seen_.insert(path); });
      }
      for (const Arrival& arrival : heard->files) {
        ++heard_;
        if (const auto object = source.look(arrival.path)) {
          seen_.insert(object->path);
        }
      }
    }
  }

  std::string missed(Source& source) {
    std::string path;
    for_each(source, [&](const std::string& each) { path = seen_.contains(each) ? path : each; });
    return path;
  }

  static void for_each(Source& source, const std::function<void(const std::string&)>& found) {
    const auto listing = source.list();
    auto object = (*listing)->next();
    for (; object && *object; object = (*listing)->next()) {
      found((*object)->path);
    }
    EXPECT_TRUE(object);
  }

  const std::unique_ptr<FileWorld> world_;
  const std::unique_ptr<Random> choice_;
  std::set<std::string> seen_;
  std::uint64_t next_name_ = 0;
  std::uint64_t heard_ = 0;
};

// fault 41 (folders that come, go, and are renamed over each other)
TEST_P(ArrivalsContract, WhateverComesIsHeardOrARescanIsAskedFor) {
  std::uint64_t heard = 0;
  constexpr std::uint64_t seeds = 100;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    Trial trial(GetParam().make(), seed);
    ASSERT_EQ(trial.run(), "") << "seed " << seed;
    heard += trial.heard();
  }
  EXPECT_GT(heard, 10 * seeds);
}

INSTANTIATE_TEST_SUITE_P(Every, ArrivalsContract, ::testing::ValuesIn(file_worlds()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace weir::testing
