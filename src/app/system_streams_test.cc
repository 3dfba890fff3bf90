// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

#include "app/system.h"

namespace weir {
namespace {

class StreamTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK), 0); }
  void TearDown() override {
    close(ends_[0]);
    close(ends_[1]);
    unsetenv("JOURNAL_STREAM");
  }

  OutStream stream() { return descriptor_stream(*writer_, ends_[1]); }
  // As much as goes in without waiting.
  ssize_t fill(std::size_t bytes) const {
    return write(ends_[1], std::string(bytes, 'x').data(), bytes);
  }

  std::array<int, 2> ends_ = {};
  std::unique_ptr<ByteWriter> writer_ = descriptor_writer(1, "nowhere");  // not written to
};

// fault 26 (a log that nobody reads: what the system says of it)
TEST_F(StreamTest, HasNoRoomInAFullPipeAndAgainWhenItIsRead) {
  const OutStream full = stream();
  EXPECT_TRUE(full.room(0));
  while (fill(out_stream_room_bytes) > 0) {
  }
  EXPECT_FALSE(full.room(0));
  EXPECT_FALSE(full.room(1'000'000));
  std::string taken(out_stream_room_bytes, ' ');
  ASSERT_EQ(read(ends_[0], taken.data(), taken.size()), std::ssize(taken));
  EXPECT_TRUE(full.room(0));
  EXPECT_EQ(fill(out_stream_room_bytes), std::ssize(taken)) << "all of it, without waiting";
}

TEST_F(StreamTest, WithoutAReaderHasRoomForTheErrorToShow) {
  const OutStream broken = stream();
  close(ends_[0]);
  EXPECT_TRUE(broken.room(0));
}

TEST_F(StreamTest, IsTheJournalWhereSystemdSaysSoOfThisVeryOne) {
  EXPECT_FALSE(stream().journal);
  struct stat status = {};
  ASSERT_EQ(fstat(ends_[1], &status), 0);
  setenv("JOURNAL_STREAM", fmt::format("{}:{}", status.st_dev, status.st_ino).c_str(), 1);
  EXPECT_TRUE(stream().journal);
  setenv("JOURNAL_STREAM", fmt::format("{}:{}", status.st_dev, status.st_ino + 1).c_str(), 1);
  EXPECT_FALSE(stream().journal);
}

}  // namespace
}  // namespace weir
