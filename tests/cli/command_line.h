// SPDX-License-Identifier: Apache-2.0
// Whole command lines within a test: run() with streams in memory, over the real disk, in a folder
// of its own.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/run.h"
#include "app/system.h"
#include "base/tasks.h"
#include "io/disk.h"
#include "store/sqlite.h"
#include "support/bytes_file.h"
#include "support/temporary_folder.h"

namespace weir::testing {

// Keeps what is written; or breaks, from some byte on, as a full disk or a closed pipe does.
class TextWriter final : public ByteWriter {
 public:
  Result<void> write(std::string_view bytes) override {
    if (text.size() + bytes.size() > bytes_max) {
      return Error{ErrorKind::unavailable, "write to standard output: broken", os_code};
    }
    text += bytes;
    return {};
  }
  std::string text;
  std::size_t bytes_max = SIZE_MAX;
  int os_code = 0;
};

// Whether the text holds the part; the failure shows both.
inline ::testing::AssertionResult has(const std::string& text, const std::string& part) {
  const bool found = text.find(part) != std::string::npos;
  return (found ? ::testing::AssertionSuccess() : ::testing::AssertionFailure())
         << "\"" << part << "\" in:\n"
         << text;
}

class CommandLineTest : public ::testing::Test {
 protected:
  // Runs `weir WORDS…`; the answers are in exit, out and talk.
  void weir(const std::vector<std::string>& words) {
    out_.text.clear();
    talk_.text.clear();
    BytesFile input(input_);
    System system{.machine = {system_clock(), system_random(), *tasks_, *files_},
                  .environment = environment_,
                  .input = input,
                  .output = {.writer = out_, .terminal = terminal_},
                  .talk = {.writer = talk_, .terminal = terminal_},
                  .stop = *stop_,
                  .reload = reload_,
                  .cores = 2};
    exit_ = run(words, system);
  }

  std::string path(const std::string& name) const { return folder_ / name; }
  std::string url() const { return "sqlite:" + path("weir.db"); }
  std::string write(const std::string& name, const std::string& text) const {
    write_file(path(name), text);
    return path(name);
  }

  // `weir WORDS… --from` the test's database.
  void weir_from(std::vector<std::string> words) {
    words.insert(words.end(), {"--from", url()});
    weir(words);
  }
  // Counts the file into it.
  void ingest(const std::string& file, std::vector<std::string> words = {}) {
    words.insert(words.begin(), {"ingest", file, "--into", url()});
    weir(words);
  }

  TemporaryFolder folder_;
  std::unique_ptr<Tasks> tasks_ = thread_tasks();
  std::unique_ptr<FileSystem> files_ = disk_file_system();
  std::map<std::string, std::string> environment_;
  std::string input_;
  bool terminal_ = false;
  std::unique_ptr<Stop> stop_ = std::make_unique<Stop>();
  Reload reload_;
  TextWriter out_;
  TextWriter talk_;
  int exit_ = -1;
};

}  // namespace weir::testing
