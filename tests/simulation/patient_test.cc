// SPDX-License-Identifier: Apache-2.0
#include "io/patient.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "io/memory.h"
#include "support/simulation.h"

namespace weir::testing {
namespace {

constexpr Nanoseconds second = 1'000'000'000;
constexpr Nanoseconds hour = 3600 * second;

// Files on a server that takes its time for some paths.
class SlowFiles final : public FileSystem {
 public:
  SlowFiles(FileSystem& files, Simulation& simulation) : files_(files), simulation_(simulation) {}
  std::map<std::string, Nanoseconds> slow;  // what each call on a path takes
  int calls = 0;
  int open_files = 0;
  bool local = false;

  Result<std::unique_ptr<ReadFile>> open(const std::string& root,
                                         const std::string& relative) override {
    take_time(root + "/" + relative);
    auto file = files_.open(root, relative);
    if (!file) {
      return file;
    }
    return std::unique_ptr<ReadFile>(
        std::make_unique<SlowFile>(*this, root + "/" + relative, *std::move(file)));
  }
  Result<std::unique_ptr<FolderCursor>> list(const std::string& root,
                                             const std::string& relative) override {
    take_time(root);
    return files_.list(root, relative);
  }
  Result<FileStatus> status(const std::string& path) override {
    take_time(path);
    return files_.status(path);
  }
  Result<std::string> canonical(const std::string& path) override {
    take_time(path);
    return files_.canonical(path);
  }
  Result<Writers> writers(const std::string& root, const std::string& relative) override {
    take_time(root + "/" + relative);
    return files_.writers(root, relative);
  }
  Result<FilePlace> place(const std::string& path) override {
    take_time(path);
    return FilePlace{.type = "nfs", .local = local || path.starts_with("/here")};
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
  class SlowFile final : public ReadFile {
   public:
    SlowFile(SlowFiles& from, std::string path, std::unique_ptr<ReadFile> file)
        : from_(from), path_(std::move(path)), file_(std::move(file)) {
      ++from_.open_files;
    }
    ~SlowFile() override { --from_.open_files; }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
      from_.take_time(path_);
      return file_->read_at(offset, into);
    }
    Result<FileStatus> status() override { return file_->status(); }

   private:
    SlowFiles& from_;
    const std::string path_;
    const std::unique_ptr<ReadFile> file_;
  };

  void take_time(const std::string& path) {
    ++calls;
    if (const auto found = slow.find(path); found != slow.end()) {
      simulation_.pause(found->second);
    }
  }

  FileSystem& files_;
  Simulation& simulation_;
};

// What a test sees of it.
struct World {
  Simulation& simulation;
  Process& weir;
  SlowFiles& slow;

  Clock& clock() const { return weir.clock(); }
  Result<std::unique_ptr<FileSystem>> patient(std::vector<std::string> paths = {"/far"}) const {
    return patient_file_system({.files = slow,
                                .tasks = weir.tasks(),
                                .clock = weir.clock(),
                                .stop = weir.stop(),
                                .paths = std::move(paths)});
  }
};

void write(FileSystem& files, const std::string& path, const std::string& text) {
  auto file = files.create(path);
  ASSERT_TRUE(file && (*file)->write(text));
}

Result<std::string> read(FileSystem& files, const std::string& root, const std::string& name) {
  TRY_ASSIGN(const auto file, files.open(root, name));
  std::string text(100, '\0');
  TRY_ASSIGN(const std::size_t got, file->read_at(0, text));
  return text.substr(0, got);
}

std::string message_of(const Error& error) {
  EXPECT_EQ(error.kind, ErrorKind::unavailable);
  EXPECT_EQ(error.os_code, ETIMEDOUT);
  return error.message;
}

class Patient : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  void simulate(const std::function<void(const World&)>& body) {
    Simulation simulation(GetParam());
    simulation.run([&] {
      Process& weir = simulation.start_process("weir");
      const auto disk = memory_file_system(weir.clock(), weir.tasks());
      SlowFiles slow(*disk, simulation);
      for (const std::string folder : {"/far", "/here"}) {
        ASSERT_TRUE(disk->make_folder(folder));
        for (int i = 0; i < 12; ++i) {
          write(*disk, folder + "/" + std::to_string(i), "text");
        }
      }
      const auto test = weir.tasks().spawn("test", [&] { body({simulation, weir, slow}); });
      test->join();
      simulation.pause(3 * hour);  // what was left behind comes back
      EXPECT_EQ(slow.open_files, 0);
    });
  }
};

INSTANTIATE_TEST_SUITE_P(Seeds, Patient, ::testing::Range<std::uint64_t>(1, 21));

// fault 51
TEST_P(Patient, AReadThatHangsIsGivenUpAndTheOthersGoOn) {
  simulate([](const World& world) {
    const auto files = *world.patient();
    world.slow.slow["/far/3"] = hour;
    const Nanoseconds began = world.clock().monotonic();
    const auto hung = read(*files, "/far", "3");
    ASSERT_FALSE(hung);
    EXPECT_EQ(message_of(hung.error()), "no answer from /far/3 for 60 s");
    EXPECT_EQ(world.clock().monotonic() - began, 60 * second);
    EXPECT_EQ(*read(*files, "/far", "4"), "text");
    EXPECT_EQ(world.clock().monotonic() - began, 60 * second);
  });
}

// fault 51 (the file is not asked for again until it answers)
TEST_P(Patient, WhatHangsIsRefusedAtOnceAndReadWhenItAnswers) {
  simulate([](const World& world) {
    const auto files = *world.patient();
    world.slow.slow["/far/3"] = hour;
    ASSERT_FALSE(files->status("/far/3"));
    world.slow.slow.clear();
    const Nanoseconds began = world.clock().monotonic();
    const int calls = world.slow.calls;
    const auto again = read(*files, "/far", "3");
    ASSERT_FALSE(again);
    EXPECT_EQ(message_of(again.error()), "no answer from /far/3 for 60 s");
    EXPECT_EQ(world.slow.calls, calls);
    EXPECT_EQ(world.clock().monotonic(), began);
    world.simulation.pause(hour);
    EXPECT_EQ(*read(*files, "/far", "3"), "text");
  });
}

// fault 51 (a bounded number of calls hang)
TEST_P(Patient, NoMoreThanSomeCallsHangAtATime) {
  simulate([](const World& world) {
    const auto files = *world.patient();
    for (int i = 0; i < patient_hangs_max; ++i) {
      const std::string path = "/far/" + std::to_string(i);
      world.slow.slow[path] = hour;
      ASSERT_FALSE(files->status(path));
    }
    const auto next = files->status("/far/11");
    ASSERT_FALSE(next);
    EXPECT_EQ(message_of(next.error()),
              "/far/11 is not asked for: no answer from 8 others for 60 s");
    world.simulation.pause(hour);
    EXPECT_TRUE(files->status("/far/11"));
  });
}

// fault 51 (a folder)
TEST_P(Patient, AFolderThatHangsIsAnErrorAndAnotherListingShowsAll) {
  simulate([](const World& world) {
    const auto files = *world.patient();
    world.slow.slow["/far"] = 2 * 60 * second;
    const auto hung = files->list("/far", "");
    ASSERT_FALSE(hung);
    EXPECT_EQ(message_of(hung.error()), "no answer from /far for 60 s");
    world.slow.slow.clear();
    world.simulation.pause(60 * second + 1);
    const auto cursor = *files->list("/far", "");
    int shown = 0;
    for (auto entry = cursor->next(); entry && *entry; entry = cursor->next()) {
      ++shown;
    }
    EXPECT_EQ(shown, 12);
  });
}

// fault 51 (when asked to leave)
TEST_P(Patient, ARequestToStopEndsTheWait) {
  simulate([](const World& world) {
    const auto files = *world.patient();
    world.slow.slow["/far/3"] = hour;
    const Nanoseconds began = world.clock().monotonic();
    world.simulation.spawn("stopper", [&] {
      world.simulation.pause(10 * second);
      world.weir.stop().request();
    });
    EXPECT_FALSE(files->status("/far/3"));
    EXPECT_LT(world.clock().monotonic() - began, 13 * second);
  });
}

TEST_P(Patient, WhatIsLocalIsWaitedForAndNeedsNoFileSystemOfItsOwn) {
  simulate([](const World& world) {
    EXPECT_EQ(*world.patient({"/here"}), nullptr);
    const auto files = *world.patient({"/here", "/far"});
    world.slow.slow["/here/3"] = hour;
    EXPECT_EQ(*read(*files, "/here", "3"), "text");
  });
}

// fault 51 (where a path lies is asked of what may hang)
TEST_P(Patient, APathThatDoesNotSayWhereItLiesIsAnError) {
  simulate([](const World& world) {
    world.slow.slow["/far"] = hour;
    const auto files = world.patient();
    ASSERT_FALSE(files);
    EXPECT_EQ(message_of(files.error()), "no answer from /far for 60 s");
    const auto absent = world.patient({"/nowhere"});
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().os_code, ENOENT);
  });
}

}  // namespace
}  // namespace weir::testing
