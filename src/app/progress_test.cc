// SPDX-License-Identifier: Apache-2.0
#include "app/progress.h"

#include <gtest/gtest.h>

#include "io/disk.h"
#include "support/bytes_file.h"
#include "support/manual_clock.h"

namespace weir {
namespace {

constexpr Nanoseconds second = 1'000'000'000;

const ProgressView half = {.bytes_read = 1'200'000'000,
                           .bytes_found = 2'400'000'000,
                           .files_done = 3,
                           .files_found = 12,
                           .listing = false,
                           .bytes_per_second = 600e6};

TEST(Progress, LineHasBarBytesRateTimeAndFiles) {
  EXPECT_EQ(progress_line(half, 120),
            "[==========>         ]  50 %  1.1 GiB of 2.2 GiB  600 MB/s  2 s left  3 of 12 files");
}

TEST(Progress, LineShowsAsMuchAsFits) {
  EXPECT_EQ(progress_line(half, 60), "[==========>         ]  50 %  1.1 GiB of 2.2 GiB  600 MB/s");
  EXPECT_EQ(progress_line(half, 40), "[==========>         ]  50 %");
  EXPECT_EQ(progress_line(half, 5), "");
  EXPECT_EQ(progress_line(half, 0), "");
}

TEST(Progress, WithoutAKnownEndShowsNoShare) {
  ProgressView view = half;
  view.listing = true;
  EXPECT_EQ(progress_line(view, 120), "1.1 GiB  600 MB/s  3 of 12+ files");
  EXPECT_EQ(progress_sentence(view), "3 of 12+ files, 1.1 GiB, 600 MB/s");
  EXPECT_EQ(progress_sentence(half), "50 %: 3 of 12 files, 1.1 GiB, 600 MB/s, 2 s left");
}

TEST(Progress, WithoutAFinishedFileShowsHowManyThereAre) {
  ProgressView view = half;
  view.files_done = 0;
  EXPECT_EQ(progress_sentence(view), "50 %: 12 files, 1.1 GiB, 600 MB/s, 2 s left");
}

TEST(Progress, BeyondTheEndStaysAtTheEnd) {
  ProgressView view = half;
  view.bytes_read = view.bytes_found + 5;
  EXPECT_EQ(progress_line(view, 40), "[====================] 100 %");
  EXPECT_EQ(progress_sentence(view), "100 %: 3 of 12 files, 2.2 GiB, finishing");
}

TEST(Progress, TimesAreWordedBySize) {
  EXPECT_EQ(seconds_text(0.042), "0.04 s");
  EXPECT_EQ(seconds_text(2), "2 s");
  EXPECT_EQ(seconds_text(2.25), "2.2 s");
  EXPECT_EQ(seconds_text(12.9), "12 s");
  EXPECT_EQ(seconds_text(200), "3 min 20 s");
  EXPECT_EQ(seconds_text(7500), "2 h 5 min");
}

TEST(RateMeter, LooksAtTheLastFewSeconds) {
  RateMeter meter;
  EXPECT_EQ(meter.rate(0, 0), 0);
  for (Nanoseconds at = 1; at <= 10; ++at) {
    meter.rate(at * second, 100);  // all of it came in the first second
  }
  EXPECT_EQ(meter.rate(11 * second, 100), 0);
  EXPECT_EQ(meter.rate(12 * second, 600), 100);  // 500 in five seconds
}

TEST(RateMeter, BeginsAnewWhenTheBytesDo) {
  RateMeter meter;
  meter.rate(0, 0);
  meter.rate(second, 1000);
  EXPECT_EQ(meter.rate(2 * second, 10), 0);
  EXPECT_EQ(meter.rate(3 * second, 20), 10);
}

// A session over a clock that stands still: nothing is drawn by the passing of time.
class DisplayTest : public ::testing::Test {
 protected:
  class Kept final : public ByteWriter {
   public:
    Result<void> write(std::string_view bytes) override {
      text += bytes;
      return {};
    }
    std::string text;
  };

  testing::ManualClock clock_;
  std::unique_ptr<Tasks> tasks_ = thread_tasks();
  std::unique_ptr<FileSystem> files_ = disk_file_system();
  testing::BytesFile input_{""};
  Kept out_;
  Kept talk_text_;
  Stop stop_;
  Reload reload_;
  System system_{.machine = {clock_, system_random(), *tasks_, *files_},
                 .environment = {},
                 .input = input_,
                 .output = {.writer = out_},
                 .talk = {.writer = talk_text_},
                 .stop = stop_,
                 .reload = reload_};
  TalkFlags flags_;
  Talk talk_{system_.talk, clock_, {}};
  Output output_{system_.output};
  const std::vector<std::string> arguments_;
  Session session_{system_, flags_, talk_, output_, arguments_};
};

TEST_F(DisplayTest, SaysWhatWasNotedAtTheLatestAtItsEnd) {
  Display display(session_);
  const Notes notes = display.notes();
  notes({.severity = Severity::warning, .text = "bad.txt is set aside"});
  notes({.text = "going on"});
  display.finish();
  EXPECT_EQ(talk_text_.text, "weir: warning: bad.txt is set aside\ngoing on\n");
}

TEST_F(DisplayTest, CountsWhatIsMoreThanItKeeps) {
  Display display(session_);
  const Notes notes = display.notes();
  for (int i = 0; i < 5000; ++i) {
    notes({.severity = Severity::warning, .text = "again"});
  }
  display.finish();
  EXPECT_NE(talk_text_.text.find("4 000 more like these"), std::string::npos);
}

TEST_F(DisplayTest, TellsInAnotherFormFromThenOn) {
  Display display(session_);
  const Notes notes = display.notes();
  notes({.text = "before"});
  display.take_log({.format = LogFormat::json});
  display.finish();
  talk_.say("after");
  EXPECT_TRUE(talk_text_.text.starts_with("before\n{\"time\":")) << talk_text_.text;
}

TEST_F(DisplayTest, MeasuresTimeByTheMonotonicClock) {
  Display display(session_);
  clock_.set(clock_.monotonic() + 3 * second / 2);
  EXPECT_EQ(display.seconds(), 1.5);
}

}  // namespace
}  // namespace weir
