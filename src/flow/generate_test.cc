// SPDX-License-Identifier: Apache-2.0
#include "flow/generate.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <sstream>

#include "base/random.h"
#include "io/memory.h"

namespace weir {
namespace {

constexpr Nanoseconds second = 1'000'000'000;

// Time that passes while one waits, and so costs nothing. One thread.
class PatientTime final : public Clock, public Tasks {
 public:
  Nanoseconds wall() override { return now_; }
  Nanoseconds monotonic() override { return now_; }
  std::unique_ptr<Task> spawn(const std::string&, std::function<void()>) override {
    return nullptr;
  }
  std::unique_ptr<Monitor> monitor() override { return std::make_unique<Waiting>(*this); }
  void on_wait(std::function<void()> call) { on_wait_ = std::move(call); }

 private:
  class Waiting final : public Monitor {
   public:
    explicit Waiting(PatientTime& time) : time_(time) {}
    void lock() override {}
    void unlock() override {}
    void notify_all() override {}
    void wait() override { FAIL() << "nobody would notify"; }
    void wait_until(Nanoseconds deadline) override {
      time_.now_ = std::max(time_.now_, deadline);
      if (time_.on_wait_) {
        time_.on_wait_();
      }
    }

   private:
    PatientTime& time_;
  };
  Nanoseconds now_ = 0;
  std::function<void()> on_wait_;
};

class Generate : public ::testing::Test {
 protected:
  Result<GenerateSummary> run(GenerateOptions options) {
    options.folder = options.folder.empty() ? "/day" : options.folder;
    return generate(
        {time_, *random_, time_, *files_}, options, watcher_,
        [this](const Note& note) { notes_ += note.text; }, stop_);
  }

  std::vector<std::string> names(const std::string& folder = "/day") {
    std::vector<std::string> found;
    const auto cursor = files_->list(folder, "");
    EXPECT_TRUE(cursor);
    for (auto entry = *(*cursor)->next(); entry; entry = *(*cursor)->next()) {
      found.push_back(entry->name);
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  std::string contents(const std::string& name) { return files_->contents("/day/" + name).value(); }

  std::string everything() {
    std::string text;
    for (const std::string& name : names()) {
      text += name + ":" + contents(name);
    }
    return text;
  }

  PatientTime time_;
  std::unique_ptr<Random> random_ = seeded_random(1);
  std::unique_ptr<MemoryFileSystem> files_ = memory_file_system(time_);
  GenerateWatcher watcher_;
  std::string notes_;
  Stop stop_;
};

// As a person would add up the good lines; the rest starts with what is no digit, or ends so.
std::map<std::string, Int128> reference_sums(const std::string& text) {
  std::map<std::string, Int128> sums;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto space = line.find(' ');
    if (space != std::string::npos) {
      sums[line.substr(0, space)] += *int128_from_text(line.substr(space + 1));
    }
  }
  return sums;
}

std::uint64_t line_count(const std::string& text) {
  return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST_F(Generate, LinesInAllAreSpreadEvenlyOverTheFiles) {
  const auto summary = run({.seed = 5, .files = 3, .lines_in_all = 8});
  ASSERT_TRUE(summary);
  EXPECT_EQ(names(), (std::vector<std::string>{"usage-5-000001.txt", "usage-5-000002.txt",
                                               "usage-5-000003.txt"}));
  EXPECT_EQ(line_count(contents("usage-5-000001.txt")), 3u);
  EXPECT_EQ(line_count(contents("usage-5-000002.txt")), 3u);
  EXPECT_EQ(line_count(contents("usage-5-000003.txt")), 2u);
  EXPECT_EQ(summary->files, 3u);
  EXPECT_EQ(summary->counts, (LineCounts{.good = 8}));
}

TEST_F(Generate, AFileOfBytesEndsWithTheLineThatReachesThem) {
  const auto summary = run({.files = 2, .bytes_per_file = 1000});
  ASSERT_TRUE(summary);
  for (const std::string& name : names()) {
    const std::string text = contents(name);
    EXPECT_GE(text.size(), 1000u);
    EXPECT_LT(text.rfind('\n', text.size() - 2) + 1, 1000u);
    EXPECT_EQ(text.back(), '\n');
  }
  EXPECT_EQ(summary->bytes, summary->bytes_stored);
}

TEST_F(Generate, TheSameSeedGivesTheSameBytesHoweverFast) {
  GenerateOptions options{
      .files = 3,
      .lines_in_all = 150'000,
      .bad_per_million = 50'000,
      .compressions = {Compression::none, Compression::gzip, Compression::zstd}};
  ASSERT_TRUE(run(options));
  const std::string fast = everything();
  files_ = memory_file_system(time_);
  options.lines_per_second = 7'000;
  options.files_per_second = 1;
  ASSERT_TRUE(run(options));
  EXPECT_EQ(everything(), fast);
}

TEST_F(Generate, FilesDoNotDependOnHowManyThereAreOrWhereOneBegins) {
  ASSERT_TRUE(run({.files = 3, .lines_per_file = 10}));
  const std::string third = contents("usage-1-000003.txt");
  files_ = memory_file_system(time_);
  ASSERT_TRUE(run({.first_file = 3,
                   .files = 0,
                   .lines_per_file = 10,
                   .files_per_second = 1,
                   .duration = second / 2}));
  EXPECT_EQ(names(), std::vector<std::string>{"usage-1-000003.txt"});
  EXPECT_EQ(contents("usage-1-000003.txt"), third);
}

TEST_F(Generate, TotalsAreThoseOfTheGoodLines) {
  const GenerateOptions options{.files = 4,
                                .lines_in_all = 1000,
                                .consumers = 50,
                                .distribution = Distribution::zipf,
                                .names = ConsumerNames::text,
                                .amount_min = -1000,
                                .amount_max = INT64_MAX,
                                .blank_per_million = 100'000,
                                .totals = true};
  const auto summary = run(options);
  ASSERT_TRUE(summary);
  std::string text;
  for (const std::string& name : names()) {
    text += contents(name);
  }
  std::map<std::string, Int128> sums;
  std::string last;
  ASSERT_TRUE(write_generated_totals(options, *summary, [&](std::span<const SumEntry> entries) {
    for (const SumEntry& entry : entries) {
      EXPECT_GT(entry.text, last);
      last = entry.text;
      sums.emplace(entry.text, entry.sum);
    }
    return Result<void>();
  }));
  EXPECT_EQ(sums, reference_sums(text));
  EXPECT_EQ(summary->counts.good + summary->counts.blank, 1000u);
  EXPECT_GT(summary->counts.blank, 50u);
}

TEST_F(Generate, TotalsAreAscendingByNumberAndLeaveOutWhoWasNotSeen) {
  for (const auto consumers : {ConsumerNames::dense, ConsumerNames::sparse}) {
    const GenerateOptions options{.folder = "/folder",
                                  .prefix = consumers == ConsumerNames::dense ? "d" : "s",
                                  .lines_in_all = 20,
                                  .consumers = 1000,
                                  .names = consumers,
                                  .amount_max = 0,
                                  .totals = true};
    const auto summary = run(options);
    ASSERT_TRUE(summary);
    std::vector<std::uint64_t> ids;
    ASSERT_TRUE(write_generated_totals(options, *summary, [&](std::span<const SumEntry> entries) {
      for (const SumEntry& entry : entries) {
        ids.push_back(entry.id);
        EXPECT_EQ(entry.sum, Int128{0});
      }
      return Result<void>();
    }));
    EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
    EXPECT_GT(ids.size(), 10u);  // a sum of nothing is a sum
    EXPECT_LE(ids.size(), 20u);
  }
}

TEST_F(Generate, BadLinesAreCountedByTheirReason) {
  const auto summary =
      run({.lines_in_all = 3000, .bad_per_million = 500'000, .blank_per_million = 100'000});
  ASSERT_TRUE(summary);
  std::uint64_t bad = 0;
  for (const auto& [reason, count] : summary->bad) {
    bad += count;
  }
  EXPECT_EQ(summary->bad.size(), 10u);  // every reason but a line that is too long
  EXPECT_EQ(bad, summary->counts.rejected);
  EXPECT_EQ(summary->counts.lines(), 3000u);
}

std::string gunzip(const std::string& packed) {
  z_stream stream = {};
  EXPECT_EQ(inflateInit2(&stream, 31), Z_OK);
  std::string text(1 << 22, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

std::string unzstd(const std::string& packed) {
  std::string text(1 << 22, '\0');
  const std::size_t size = ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size());
  EXPECT_FALSE(ZSTD_isError(size));
  text.resize(size);
  return text;
}

TEST_F(Generate, CompressionsTakeTurnsAndHoldTheSameLines) {
  ASSERT_TRUE(run({.files = 4, .lines_per_file = 60'000}));
  const std::string second_file = contents("usage-1-000002.txt");
  const std::string third_file = contents("usage-1-000003.txt");
  files_ = memory_file_system(time_);
  const auto summary =
      run({.files = 4,
           .lines_per_file = 60'000,
           .compressions = {Compression::none, Compression::gzip, Compression::zstd}});
  ASSERT_TRUE(summary);
  EXPECT_EQ(names(), (std::vector<std::string>{"usage-1-000001.txt", "usage-1-000002.txt.gz",
                                               "usage-1-000003.txt.zst", "usage-1-000004.txt"}));
  EXPECT_EQ(gunzip(contents("usage-1-000002.txt.gz")), second_file);
  EXPECT_EQ(unzstd(contents("usage-1-000003.txt.zst")), third_file);
  EXPECT_LT(summary->bytes_stored, summary->bytes);
}

TEST_F(Generate, SeveralGeneratorsShareAFolder) {
  ASSERT_TRUE(run({.seed = 1, .files = 2, .lines_in_all = 4}));
  ASSERT_TRUE(run({.seed = 2, .files = 2, .lines_in_all = 4}));
  ASSERT_TRUE(run({.prefix = "night", .seed = 1, .files = 2, .lines_in_all = 4}));
  EXPECT_EQ(names().size(), 6u);
}

TEST_F(Generate, WhatIsThereIsNeitherReplacedNorAppendedTo) {
  files_->put("/day/usage-1-000002.txt", "1 1\n");
  const auto summary = run({.files = 2, .lines_in_all = 4});
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().kind, ErrorKind::invalid);
  EXPECT_EQ(summary.error().message,
            "/day/usage-1-000002.txt is there already: choose another seed or prefix, or an empty "
            "folder");
  EXPECT_EQ(contents("usage-1-000002.txt"), "1 1\n");
}

TEST_F(Generate, ATemporaryFileOfAnotherIsLeftAlone) {
  files_->put("/day/.usage-1-000001.txt.tmp", "1");
  const auto summary = run({.lines_in_all = 4});
  ASSERT_FALSE(summary);
  EXPECT_NE(summary.error().message.find("another generator with this seed"), std::string::npos);
  EXPECT_EQ(names(), std::vector<std::string>{".usage-1-000001.txt.tmp"});
}

TEST_F(Generate, UntilAFileIsWholeItHasATemporaryName) {
  int looks = 0;
  watcher_ = [&](const GenerateProgress& progress) {
    looks += progress.files == 0 ? 1 : 0;
    const auto expected = progress.files == 0 ? ".usage-1-000001.txt.tmp" : "usage-1-000001.txt";
    EXPECT_EQ(names(), std::vector<std::string>{expected});
  };
  ASSERT_TRUE(run({.lines_in_all = 100'000}));
  EXPECT_GT(looks, 2);
}

TEST_F(Generate, AfterAPowerCutAFileWithItsNameIsWhole) {
  files_->put("/day/the folder is old", "");
  ASSERT_TRUE(run({.lines_in_all = 100}));
  const std::string before = contents("usage-1-000001.txt");
  files_->crash();
  EXPECT_EQ(contents("usage-1-000001.txt"), before);
}

TEST_F(Generate, AFileThatWasHandedOverIsThereAfterAPowerCut) {
  files_->put("/day/the folder is old", "");
  std::string before;
  ASSERT_TRUE(run({.lines_in_all = 100, .finished = [&](const std::string&) {
                     before = contents("usage-1-000001.txt");
                     files_->crash();
                   }}));
  EXPECT_FALSE(before.empty());
  EXPECT_EQ(contents("usage-1-000001.txt"), before);
}

TEST_F(Generate, LinesComeAtTheRateThatIsAskedFor) {
  ASSERT_TRUE(run({.files = 2, .lines_in_all = 10'000, .lines_per_second = 1'000}));
  EXPECT_GE(time_.monotonic(), 9 * second);
  EXPECT_LE(time_.monotonic(), 10 * second);
}

TEST_F(Generate, FilesComeAtTheRateThatIsAskedFor) {
  ASSERT_TRUE(run({.files = 21, .lines_in_all = 21, .files_per_second = 2}));
  EXPECT_EQ(time_.monotonic(), 10 * second);
}

TEST_F(Generate, TheDurationEndsItAndTheUnfinishedFileLeavesNoTrace) {
  const auto summary = run({.files = 0,
                            .lines_per_file = 300,
                            .consumers = 5,
                            .lines_per_second = 1000,
                            .duration = second,
                            .totals = true});
  ASSERT_TRUE(summary);
  EXPECT_FALSE(summary->stopped);
  EXPECT_EQ(time_.monotonic(), second);
  EXPECT_EQ(names().size(), 3u);
  EXPECT_EQ(summary->counts.good, 900u);
  std::string text;
  Int128 sum = 0;
  for (const std::string& name : names()) {
    text += contents(name);
  }
  for (const auto& [consumer, amount] : reference_sums(text)) {
    sum += amount;
  }
  EXPECT_EQ(std::accumulate(summary->sums.begin(), summary->sums.end(), Int128{0}), sum);
  EXPECT_EQ(notes_, "");
}

TEST_F(Generate, EachFileIsHandedOverOnceItHasItsName) {
  std::vector<std::string> finished;
  ASSERT_TRUE(run({.files = 3, .lines_in_all = 30, .finished = [&](const std::string& path) {
                     finished.push_back(path);
                     EXPECT_TRUE(files_->status(path)) << path;
                     EXPECT_EQ(names().size(), finished.size()) << "the next one is not begun";
                   }}));
  EXPECT_EQ(finished,
            (std::vector<std::string>{"/day/usage-1-000001.txt", "/day/usage-1-000002.txt",
                                      "/day/usage-1-000003.txt"}));
}

TEST_F(Generate, ADurationTooShortForOneFileIsTold) {
  ASSERT_TRUE(run({.lines_in_all = 5000, .lines_per_second = 100, .duration = second}));
  EXPECT_EQ(notes_, "no file was finished in time: ask for smaller files or more of it");
}

TEST_F(Generate, ARequestToStopIsSeenWhileWaiting) {
  int waits = 0;
  time_.on_wait([&] {
    if (++waits == 3) {
      stop_.request();
    }
  });
  const auto summary = run({.files = 10, .lines_in_all = 10, .files_per_second = 1});
  ASSERT_TRUE(summary);
  EXPECT_TRUE(summary->stopped);
  EXPECT_EQ(summary->files, 1u);
  EXPECT_LT(time_.monotonic(), second);
}

TEST_F(Generate, OptionsThatMakeNoSenseAreRefusedBeforeAnythingIsWritten) {
  for (const GenerateOptions& options : {
           GenerateOptions{},
           GenerateOptions{.lines_in_all = 1, .lines_per_file = 1},
           GenerateOptions{.files = 0, .lines_in_all = 1},
           GenerateOptions{.lines_in_all = 1, .consumers = 0},
           GenerateOptions{.lines_in_all = 1, .consumers = 1ULL << 41},
           GenerateOptions{.lines_in_all = 1, .consumers = 1ULL << 30, .totals = true},
           GenerateOptions{.lines_in_all = 1, .amount_min = 2, .amount_max = 1},
           GenerateOptions{.lines_in_all = 1, .amount_min = INT64_MIN},
           GenerateOptions{
               .lines_in_all = 1, .bad_per_million = 600'000, .blank_per_million = 500'000},
           GenerateOptions{.prefix = "", .lines_in_all = 1},
           GenerateOptions{.prefix = "a/b", .lines_in_all = 1},
           GenerateOptions{.prefix = ".hidden", .lines_in_all = 1},
           GenerateOptions{.lines_in_all = 1, .compressions = {}},
           GenerateOptions{.lines_in_all = 1, .compressions = {Compression::xz}},
           GenerateOptions{.lines_in_all = 1, .duration = -1},
       }) {
    const auto summary = run(options);
    ASSERT_FALSE(summary);
    EXPECT_EQ(summary.error().kind, ErrorKind::invalid);
    EXPECT_FALSE(files_->status("/day"));
  }
}

}  // namespace
}  // namespace weir
