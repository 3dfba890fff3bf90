// SPDX-License-Identifier: Apache-2.0
#include "source/faulty.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "io/memory.h"
#include "source/directory.h"
#include "support/manual_clock.h"

namespace weir {
namespace {

class FaultySources : public ::testing::Test {
 protected:
  FaultySources() {
    for (int i = 0; i < 10; ++i) {
      files_->put("/in/" + std::to_string(i), "12 3\n");
    }
    source_ = *open_directory_source(*files_, {.paths = {"/in"}});
  }

  // What became of every step of a pass over the source, a letter each.
  std::string diary(std::uint64_t seed, const SourceFaults& faults) {
    const auto random = seeded_random(seed);
    const auto faulty = faulty_source(*source_, *random, faults);
    std::string text;
    for (int round = 0; round < 10; ++round) {
      const auto listing = faulty->list();
      auto object = (*listing)->next();
      for (; object && *object; object = (*listing)->next()) {
        text += step(*faulty, (*object)->path);
      }
      text += object ? '|' : 'L';
      EXPECT_EQ(static_cast<bool>((*listing)->next()), static_cast<bool>(object));
    }
    return text;
  }

 private:
  static char step(Source& source, const std::string& path) {
    const auto file = source.open(path);
    if (!file) {
      EXPECT_EQ(file.error().kind, ErrorKind::unavailable);
      return 'o';
    }
    std::string into(5, '?');
    if (const auto got = (*file)->read_at(0, into); !got) {
      EXPECT_EQ(got.error().os_code, EIO);
      return 'r';
    }
    EXPECT_EQ(into, "12 3\n");
    if (const auto pinned = (*file)->still_pinned(); !pinned) {
      EXPECT_EQ(pinned.error().kind, ErrorKind::conflict);
      return pinned.error().os_code == EAGAIN ? 'a' : 'p';
    }
    return '.';
  }

 protected:
  testing::ManualClock clock_;
  const std::unique_ptr<MemoryFileSystem> files_ = memory_file_system(clock_);
  std::unique_ptr<Source> source_;
};

TEST_F(FaultySources, EachKindOfFaultHappensAndTheSameSeedGivesTheSame) {
  const SourceFaults faults{.list = 0.05, .open = 0.2, .read = 0.2, .pin = 0.2, .pin_again = 0.2};
  const std::string first = diary(1, faults);
  EXPECT_EQ(first, diary(1, faults));
  EXPECT_NE(first, diary(2, faults));
  for (const char letter : {'L', '|', 'o', 'r', 'p', 'a', '.'}) {
    EXPECT_NE((first + diary(2, faults)).find(letter), std::string::npos) << letter;
  }
}

TEST_F(FaultySources, WithoutFaultsNothingIsDrawnAndNothingFails) {
  std::string whole;
  for (int round = 0; round < 10; ++round) {
    whole += "..........|";
  }
  EXPECT_EQ(diary(1, {}), whole);
}

TEST_F(FaultySources, LookingMayFailToo) {
  const auto random = seeded_random(1);
  const auto faulty = faulty_source(*source_, *random, {.look = 1});
  EXPECT_EQ(faulty->look("/in/1").error().os_code, EIO);
  EXPECT_TRUE(faulty->open("/in/1"));
  EXPECT_TRUE(faulty_source(*source_, *random, {})->look("/in/1"));
}

TEST_F(FaultySources, CertainFaultsAreCertain) {
  EXPECT_EQ(diary(1, {.list = 1}), "LLLLLLLLLL");
  EXPECT_EQ(diary(1, {.open = 1}).find_first_not_of("o|"), std::string::npos);
  EXPECT_EQ(diary(1, {.pin = 1}).find_first_not_of("p|"), std::string::npos);
}

}  // namespace
}  // namespace weir
