// SPDX-License-Identifier: Apache-2.0
#include "app/system.h"

#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "io/disk.h"

namespace weir {
namespace {

std::map<std::string, std::string> environment_of_process() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) {
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return variables;
}

// Those that this process may run on: a container or taskset may grant fewer than there are.
int cores_granted() {
  cpu_set_t granted;
  CPU_ZERO(&granted);
  return sched_getaffinity(0, sizeof granted, &granted) == 0 ? std::max(1, CPU_COUNT(&granted)) : 1;
}

// Whether it is the stream that systemd made, and not one that was put in its place since
// (systemd.exec(5), JOURNAL_STREAM).
bool is_journal(int descriptor) {
  const char* const named = getenv("JOURNAL_STREAM");
  struct stat status = {};
  return named != nullptr && fstat(descriptor, &status) == 0 &&
         named == fmt::format("{}:{}", status.st_dev, status.st_ino);
}

// A pipe or a socket that poll calls writable takes a page at once.
bool has_room(int descriptor, Nanoseconds wait) {
  pollfd waited = {.fd = descriptor, .events = POLLOUT, .revents = 0};
  int answer = 0;
  do {
    answer = poll(&waited, 1, static_cast<int>(wait / 1'000'000));
  } while (answer < 0 && errno == EINTR);
  return answer != 0;  // an error shows in the write
}

OutStream out_stream(ByteWriter& writer, int descriptor) {
  const auto columns = [descriptor] {
    winsize size = {};
    const bool known = ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? static_cast<int>(size.ws_col) : 80;
  };
  return {.writer = writer,
          .terminal = isatty(descriptor) == 1,
          .journal = is_journal(descriptor),
          .columns = columns,
          .room = [descriptor](Nanoseconds wait) { return has_room(descriptor, wait); }};
}

class Process final : public OperatingSystem {
 public:
  System& system() override { return system_; }

 private:
  Stop stop_;
  Reload reload_;
  const Signals signals_{stop_, reload_};
  const std::unique_ptr<Tasks> tasks_ = thread_tasks();
  const std::unique_ptr<FileSystem> files_ = disk_file_system();
  const std::unique_ptr<ReadFile> input_ = standard_input(stop_);
  const std::unique_ptr<ByteWriter> output_ = descriptor_writer(STDOUT_FILENO, "standard output");
  const std::unique_ptr<ByteWriter> talk_ = descriptor_writer(STDERR_FILENO, "standard error");
  System system_{.machine = {system_clock(), system_random(), *tasks_, *files_},
                 .environment = environment_of_process(),
                 .input = *input_,
                 .input_terminal = isatty(STDIN_FILENO) == 1,
                 .output = out_stream(*output_, STDOUT_FILENO),
                 .talk = out_stream(*talk_, STDERR_FILENO),
                 .stop = stop_,
                 .reload = reload_,
                 .cores = cores_granted(),
                 .process = getpid()};
};

}  // namespace

std::unique_ptr<OperatingSystem> operating_system() {
  return std::make_unique<Process>();
}

}  // namespace weir
