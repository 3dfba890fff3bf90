// SPDX-License-Identifier: Apache-2.0
#include "flow/ingest.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <map>
#include <mutex>

#include "flow/events.h"
#include "flow/quarantine.h"
#include "flow/verify.h"
#include "io/memory.h"
#include "io/os_error.h"
#include "source/directory.h"
#include "store/memory.h"

namespace weir {
namespace {

using TextTotals = std::map<std::string, std::string>;

// Opens through another source; a file's reads, or what comes before its open, may be spoilt.
class MeddlingSource final : public Source {
 public:
  explicit MeddlingSource(std::unique_ptr<Source> source) : source_(std::move(source)) {}
  Result<std::unique_ptr<SourceListing>> list() override { return source_->list(); }
  Result<SourceObject> look(const std::string& path) override { return source_->look(path); }
  Result<std::unique_ptr<SourceFile>> open(const std::string& path) override {
    if (before_open) {
      before_open(path, ++opens_[path]);
    }
    TRY_ASSIGN(auto file, source_->open(path));
    return std::unique_ptr<SourceFile>(std::make_unique<File>(*this, std::move(file), path));
  }

  Result<std::string> local_path(const std::string& path) override {
    return source_->local_path(path);
  }

  std::function<void(const std::string& path, int opens)> before_open;
  std::function<Result<void>(const std::string& path)> before_read;

 private:
  class File final : public SourceFile {
   public:
    File(MeddlingSource& source, std::unique_ptr<SourceFile> file, std::string path)
        : source_(source), file_(std::move(file)), path_(std::move(path)) {}
    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
      if (source_.before_read) {
        TRY(source_.before_read(path_));
      }
      return file_->read_at(offset, into);
    }
    Result<FileStatus> status() override { return file_->status(); }
    VersionToken token() const override { return file_->token(); }
    Result<void> still_pinned() override { return file_->still_pinned(); }

   private:
    MeddlingSource& source_;
    std::unique_ptr<SourceFile> file_;
    std::string path_;
  };

  std::unique_ptr<Source> source_;
  std::map<std::string, int> opens_;
};

class IngestTest : public ::testing::Test {
 protected:
  IngestTest() {
    settings_.jobs = 1;
    settings_.fold.memory_bytes = 4 << 20;
    settings_.fold.spill_folder = "/spill";
    files_->put("/in/.keep", "");
    EXPECT_TRUE(store_->schema().prepare());
  }

  Result<IngestSummary> pass() {
    auto source = open_directory_source(*files_, {.paths = {"/in"}});
    EXPECT_TRUE(source);
    MeddlingSource meddling(*std::move(source));
    meddling.before_open = before_open_;
    meddling.before_read = before_read_;
    Progress progress;
    const Notes notes = [this](const Note& note) {
      const std::lock_guard held(lock_);
      notes_ += note.text + "\n";
      noted_.push_back(note);
    };
    return ingest(machine_, meddling, *store_, settings_, progress, notes, stop_);
  }

  TextTotals totals() {
    TextTotals totals;
    EXPECT_TRUE(store_->totals().scan([&](const SumEntry& entry) -> Result<void> {
      totals[std::to_string(entry.id)] = to_text(entry.sum);
      return {};
    }));
    const auto report = verify(*store_);
    EXPECT_TRUE(report && report->balanced());
    return totals;
  }

  FileRow row(const std::string& path) {
    const auto rows = store_->listings().files({});
    EXPECT_TRUE(rows);
    for (const FileRow& row : *rows) {
      if (row.path == path) {
        return row;
      }
    }
    return {};
  }

  std::unique_ptr<Random> random_ = seeded_random(1);
  std::unique_ptr<Tasks> tasks_ = thread_tasks();
  std::unique_ptr<MemoryFileSystem> files_ = memory_file_system(system_clock());
  Machine machine_{system_clock(), *random_, *tasks_, *files_};
  std::shared_ptr<MemoryDatabase> database_ = memory_database(KeyKind::integer);
  std::unique_ptr<Store> store_ = open_memory_store(database_, system_clock(), *tasks_, "usage");
  FlowSettings settings_;
  Stop stop_;
  std::function<void(const std::string&, int)> before_open_;
  std::function<Result<void>(const std::string&)> before_read_;
  std::mutex lock_;
  std::string notes_;
  std::vector<Note> noted_;
};

TEST_F(IngestTest, ASecondPassFindsNothingNew) {
  files_->put("/in/a", "1 10\n2 20\nbad\n");
  files_->put("/in/below/b", "1 5\n\n");
  const auto first = pass();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->files_counted, 2U);
  EXPECT_EQ(first->counts, (LineCounts{.good = 3, .rejected = 1, .blank = 1}));
  EXPECT_EQ(totals(), (TextTotals{{"1", "15"}, {"2", "20"}}));
  const auto second = pass();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->files_counted, 0U);
  EXPECT_EQ(second->files_known, 2U);
  EXPECT_EQ(totals(), (TextTotals{{"1", "15"}, {"2", "20"}}));
}

// fault 46 (part: an empty file)
TEST_F(IngestTest, AnEmptyFileIsDoneAtOnce) {
  files_->put("/in/empty", "");
  const auto summary = pass();
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->files_counted, 1U);
  EXPECT_EQ(row("/in/empty").state, FileState::done);
}

// fault 124 (part: the threshold on the first 64 KiB, before anything of the file counts)
TEST_F(IngestTest, AFileThatLooksWrongIsSetAsideAndACorrectedRerunTakesIt) {
  files_->put("/in/tabs", "1\t10\n2\t20\n");
  const auto first = pass();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->files_quarantined, 1U);
  EXPECT_NE(notes_.find("format.separator"), std::string::npos) << notes_;
  EXPECT_EQ(totals(), TextTotals{});
  settings_.format.separator = Separator::blank;
  ASSERT_TRUE(pass());
  EXPECT_EQ(totals(), (TextTotals{{"1", "10"}, {"2", "20"}}));
}

TEST_F(IngestTest, AFileThatLookedWrongIsTakenWhenItWasMended) {
  files_->put("/in/a", "x\ny\n");
  ASSERT_TRUE(pass());
  files_->put("/in/a", "1 1\n");
  ASSERT_TRUE(pass());
  EXPECT_EQ(totals(), (TextTotals{{"1", "1"}}));
}

// fault 24
TEST_F(IngestTest, AFileThatCannotBeReadIsSetAsideAndTheOthersCount) {
  files_->put("/in/bad", "1 1\n");
  files_->put("/in/good", "2 2\n");
  int reads = 0;
  before_read_ = [&](const std::string& path) -> Result<void> {
    if (path == "/in/bad" && ++reads > 1) {  // the first look at it is fine
      return Error{ErrorKind::unavailable, "read: input/output error", EIO};
    }
    return {};
  };
  const auto summary = pass();
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->files_quarantined, 1U);
  EXPECT_GE(reads, 4) << "it is tried again before it is given up";
  EXPECT_EQ(totals(), (TextTotals{{"2", "2"}}));
  before_read_ = nullptr;
  ASSERT_TRUE(retry_file(*store_, row("/in/bad")));
  ASSERT_TRUE(pass());
  EXPECT_EQ(totals(), (TextTotals{{"1", "1"}, {"2", "2"}}));
}

// fault 51 (a stale handle: the file is opened anew)
TEST_F(IngestTest, AStaleFileIsOpenedAnewAndCounted) {
  files_->put("/in/stale", "1 1\n");
  int reads = 0;
  before_read_ = [&](const std::string&) -> Result<void> {
    if (++reads == 2) {  // the first look at it is fine
      return os_error("read", "/in/stale", ESTALE);
    }
    return {};
  };
  const auto summary = pass();
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->files_counted, 1U);
  EXPECT_EQ(reads, 3);
  EXPECT_EQ(totals(), (TextTotals{{"1", "1"}}));
}

// faults 28, 30, 32
TEST_F(IngestTest, AFileThatChangesBetweenAcceptAndReadIsSetAside) {
  files_->put("/in/appended", "1 1\n");
  files_->put("/in/replaced", "2 2\n");
  files_->put("/in/rewritten", "3 3\n");
  files_->put("/in/truncated", "4 4\n");
  before_open_ = [&](const std::string& path, int opens) {
    if (opens != 2) {
      return;
    }
    if (path == "/in/appended") {
      files_->append(path, "1 1\n");
    } else if (path == "/in/replaced") {
      files_->replace(path, "2 9\n");
    } else if (path == "/in/rewritten") {
      files_->put(path, "3 9\n");
    } else {
      files_->truncate(path, 2);
    }
  };
  const auto summary = pass();
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->files_quarantined, 4U);
  EXPECT_EQ(totals(), TextTotals{});
  EXPECT_TRUE(row("/in/appended").reason.starts_with(cause::changed));
  before_open_ = nullptr;
  ASSERT_TRUE(pass());
  EXPECT_EQ(totals(), TextTotals{}) << "it waits for a person's word";
  ASSERT_TRUE(retry_file(*store_, row("/in/appended")));
  ASSERT_TRUE(pass());
  EXPECT_EQ(totals(), (TextTotals{{"1", "2"}}));
}

// fault 40 (notes)
TEST_F(IngestTest, ANoteHasTheNameOfWhatHappenedAndThePathAsItIs) {
  const std::string path = "/in/new\nline \xff";
  files_->put(path, "1\t10\n2\t20\n");
  ASSERT_TRUE(pass());
  ASSERT_EQ(noted_.size(), 1U);
  EXPECT_EQ(noted_[0].severity, Severity::warning);
  EXPECT_EQ(noted_[0].event, event::file_set_aside);
  EXPECT_TRUE(noted_[0].text.starts_with("/in/new\\nline \\xff is set aside: "));
  EXPECT_EQ(
      noted_[0].fields,
      (Note::Fields{{field::path, path}, {field::file, "1"}, {field::reason, row(path).reason}}));
}

// fault 31
TEST_F(IngestTest, WhatIsAppendedToACountedFileIsReportedAndNotCounted) {
  files_->put("/in/a", "1 1\n");
  ASSERT_TRUE(pass());
  files_->append("/in/a", "1 5\n");
  const auto summary = pass();
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->files_quarantined, 1U);
  EXPECT_NE(notes_.find("changed: after it was counted"), std::string::npos) << notes_;
  EXPECT_EQ(totals(), (TextTotals{{"1", "1"}}));
}

// fault 36 (part: the name decides, not the inode)
TEST_F(IngestTest, ATouchedFileIsPinnedAnew) {
  files_->put("/in/a", "1 1\n");
  ASSERT_TRUE(pass());
  files_->replace("/in/a", "1 1\n");
  const auto summary = pass();
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->files_quarantined, 0U);
  EXPECT_EQ(row("/in/a").state, FileState::done);
  EXPECT_EQ(totals(), (TextTotals{{"1", "1"}}));
}

// fault 33 (part: never opened)
TEST_F(IngestTest, AFileDeletedBeforeItIsReadWaits) {
  files_->put("/in/a", "1 1\n");
  before_open_ = [&](const std::string& path, int opens) {
    if (opens == 2) {
      EXPECT_TRUE(files_->remove(path));
    }
  };
  const auto summary = pass();
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->files_waiting, 1U);
  EXPECT_NE(notes_.find("no longer there"), std::string::npos) << notes_;
  EXPECT_EQ(totals(), TextTotals{});
}

// faults 34, 35
TEST_F(IngestTest, TheSameBytesUnderAnotherNameAreCountedAndReported) {
  files_->put("/in/a", "1 1\n");
  ASSERT_TRUE(pass());
  ASSERT_TRUE(files_->rename("/in/a", "/in/b"));
  ASSERT_TRUE(pass());
  EXPECT_EQ(totals(), (TextTotals{{"1", "2"}}));
  EXPECT_NE(notes_.find("/in/b holds the same bytes as /in/a"), std::string::npos) << notes_;
}

// faults 34, 35
TEST_F(IngestTest, ByContentTheSameBytesCountOnce) {
  settings_.source.identity = IdentityRule::content;
  files_->put("/in/a", "1 1\n");
  files_->put("/in/copy", "1 1\n");
  ASSERT_TRUE(pass());
  EXPECT_EQ(totals(), (TextTotals{{"1", "1"}}));
  ASSERT_TRUE(files_->rename("/in/a", "/in/b"));
  ASSERT_TRUE(pass());
  EXPECT_EQ(totals(), (TextTotals{{"1", "1"}}));
}

// fault 115 (part: what a column cannot hold)
TEST_F(IngestTest, ASumThatDoesNotFitSetsItsFileAsideAndTheOthersCount) {
  files_->put("/in/huge", "7 9223372036854775807\n7 1\n");
  for (int i = 0; i < 9; ++i) {
    files_->put("/in/" + std::to_string(i), "1 1\n");
  }
  const auto summary = pass();
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->files_counted, 9U);
  EXPECT_EQ(summary->files_quarantined, 1U);
  EXPECT_NE(row("/in/huge").reason.find("7"), std::string::npos);
  EXPECT_EQ(totals(), (TextTotals{{"1", "9"}}));
}

// fault 149
TEST_F(IngestTest, AnotherProcessWithOtherSettingsGoesOnWithTheStoredPlan) {
  std::string bytes;
  for (int i = 0; i < 50; ++i) {
    bytes += "1 1\n";
  }
  files_->put("/in/a", bytes);
  settings_.fold.unit_bytes = 16;
  settings_.fold.batch_keys = 1;
  int reads = 0;
  before_read_ = [&](const std::string&) -> Result<void> {
    return ++reads < 9 ? Result<void>() : Error{ErrorKind::corrupt, "dies here"};
  };
  EXPECT_FALSE(pass());
  EXPECT_GT(row("/in/a").units_done, 0U);
  EXPECT_EQ(row("/in/a").state, FileState::pending);
  before_read_ = nullptr;
  settings_.fold.unit_bytes = 7;
  settings_.format.separator = Separator::blank;
  ASSERT_TRUE(pass());
  EXPECT_EQ(row("/in/a").plan.unit_bytes, 16U);
  EXPECT_EQ(totals(), (TextTotals{{"1", "50"}}));
}

// fault 13 (part: what was begun is finished, nothing is lost)
TEST_F(IngestTest, AskedToStopItDrainsAndTheNextPassGoesOn) {
  for (int i = 0; i < 20; ++i) {
    files_->put("/in/" + std::to_string(i), "1 1\n");
  }
  settings_.fold.batch_keys = 1;
  int opens = 0;
  before_open_ = [&](const std::string&, int) {
    if (++opens == 25) {
      stop_.request();
    }
  };
  const auto summary = pass();
  ASSERT_TRUE(summary);
  EXPECT_TRUE(summary->stopped);
  const std::uint64_t counted = summary->files_counted;
  EXPECT_LT(counted, 20U);
  EXPECT_EQ(totals(), (TextTotals{{"1", std::to_string(counted)}}));
}

// fault 148
TEST_F(IngestTest, TwoRunsOverTheSameInputGiveTheSameTotals) {
  std::string bytes;
  for (int i = 0; i < 3000; ++i) {
    bytes += std::to_string(i * 7919 % 1000) + " " + std::to_string(i) + "\n";
  }
  files_->put("/in/a", bytes);
  settings_.jobs = 2;
  settings_.fold.unit_bytes = 100;
  ASSERT_TRUE(pass());
  const TextTotals first = totals();
  database_ = memory_database(KeyKind::integer);
  store_ = open_memory_store(database_, system_clock(), *tasks_, "usage");
  ASSERT_TRUE(store_->schema().prepare());
  settings_.jobs = 3;
  settings_.fold.unit_bytes = 333;
  settings_.fold.entries_max = 90;
  ASSERT_TRUE(pass());
  EXPECT_EQ(totals(), first);
}

TEST_F(IngestTest, ValuesThatAreThereAreAddedTo) {
  database_ = memory_database(KeyKind::integer);
  put_total(*database_, "1", 100);
  store_ = open_memory_store(database_, system_clock(), *tasks_, "usage");
  ASSERT_TRUE(store_->schema().prepare());
  files_->put("/in/a", "1 1\n");
  ASSERT_TRUE(pass());
  EXPECT_EQ(totals(), (TextTotals{{"1", "101"}}));
}

}  // namespace
}  // namespace weir
