// SPDX-License-Identifier: Apache-2.0
#include "format/read_ahead.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "format/unit_reader.h"
#include "support/bytes_file.h"
#include "support/compressed.h"
#include "support/kept_records.h"

namespace weir {
namespace {

// Counts up to so many bytes, then fails or ends.
class Counting final : public ByteStream {
 public:
  explicit Counting(std::size_t bytes, bool fails = false) : bytes_(bytes), fails_(fails) {}

  Result<std::size_t> read(std::span<char> into) override {
    ++reads;
    const std::size_t got = std::min(into.size(), bytes_ - at_);
    for (char& byte : into.first(got)) {
      byte = static_cast<char>(at_++ % 251);
    }
    if (got < into.size() && fails_) {
      return Error{ErrorKind::invalid, "torn"};
    }
    return got;
  }

  std::size_t reads = 0;

 private:
  std::size_t bytes_;
  bool fails_;
  std::size_t at_ = 0;
};

Result<std::string> all_of(ByteStream& stream, std::size_t room_bytes) {
  std::string all;
  std::string room(room_bytes, '\0');
  while (true) {
    TRY_ASSIGN(const std::size_t got, stream.read(room));
    all += room.substr(0, got);
    if (got < room_bytes) {
      return all;
    }
  }
}

TEST(ReadAhead, GivesTheSameBytesInPiecesOfAnySize) {
  const auto tasks = thread_tasks();
  for (const std::size_t bytes : {0, 1, 7, 8, 9, 1000}) {
    Counting plain(bytes);
    const std::string expected = *all_of(plain, 100);
    for (const std::size_t block_bytes : {1, 3, 8, 2000}) {
      for (const std::size_t blocks : {1, 2, 3}) {
        for (const std::size_t room_bytes : {1, 8, 13, 2000}) {
          Counting stream(bytes);
          const auto ahead =
              read_ahead(stream, *tasks, {.block_bytes = block_bytes, .blocks = blocks});
          ASSERT_EQ(*all_of(*ahead, room_bytes), expected) << bytes << " by " << block_bytes;
        }
      }
    }
  }
}

TEST(ReadAhead, AnErrorComesBehindTheBytesBeforeIt) {
  const auto tasks = thread_tasks();
  Counting stream(100, true);
  const auto ahead = read_ahead(stream, *tasks, {.block_bytes = 10});
  std::string room(100, '\0');
  EXPECT_EQ(*ahead->read(room), 100);
  const auto error = ahead->read(room);
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().message, "torn");
}

TEST(ReadAhead, MayBeLeftAtAnyPoint) {
  const auto tasks = thread_tasks();
  for (std::size_t taken = 0; taken < 40; ++taken) {
    Counting stream(SIZE_MAX);
    {
      const auto ahead = read_ahead(stream, *tasks, {.block_bytes = 10});
      std::string room(taken, '\0');
      EXPECT_EQ(*ahead->read(room), taken);
    }
    EXPECT_LE(stream.reads, taken / 10 + 4) << "reads further than it has blocks";
  }
}

// A machine that has no thread to give.
class NoTasks final : public Tasks {
 public:
  std::unique_ptr<Task> spawn(const std::string& /*name*/, std::function<void()> body) override {
    class Waiting final : public Task {
     public:
      explicit Waiting(std::function<void()> body) : body_(std::move(body)) {}
      void join() override {
        if (body_) {
          std::exchange(body_, nullptr)();
        }
      }
      bool started() const override { return false; }
      void abandon() override { body_ = nullptr; }

     private:
      std::function<void()> body_;
    };
    return std::make_unique<Waiting>(std::move(body));
  }
  std::unique_ptr<Monitor> monitor() override { return threads_->monitor(); }

 private:
  std::unique_ptr<Tasks> threads_ = thread_tasks();
};

TEST(ReadAhead, ReadsAlsoWhereNoTaskCanBeHad) {
  NoTasks tasks;
  Counting stream(1000);
  {
    const auto ahead = read_ahead(stream, tasks, {.block_bytes = 10});
    EXPECT_EQ(all_of(*ahead, 64)->size(), 1000);
  }
  EXPECT_EQ(stream.reads, 16);
}

TEST(ReadAhead, CompressedFilesAndPipesMeanTheSameWithIt) {
  std::string lines;
  for (int i = 0; i < 300'000; ++i) {
    lines += std::to_string(i * 7919LL % 1'000'003) + " " + std::to_string(i % 89) + "\n";
  }
  const std::string gzip = testing::gzip_compressed(lines);
  const auto tasks = thread_tasks();
  testing::KeptRecords alone;
  testing::KeptRecords ahead;
  for (const std::string& bytes : {lines, gzip}) {
    testing::BytesFile file(bytes);
    const auto plain = UnitReader({}).read_stream(file, {}, alone);
    const auto other = UnitReader({.tasks = tasks.get()}).read_stream(file, {}, ahead);
    ASSERT_TRUE(plain && other);
    EXPECT_EQ(plain->counts, other->counts);
    EXPECT_EQ(plain->sum, other->sum);
    EXPECT_EQ(plain->digest, other->digest);
  }
  EXPECT_EQ(alone.records, ahead.records);
}

}  // namespace
}  // namespace weir
