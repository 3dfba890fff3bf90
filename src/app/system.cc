// SPDX-License-Identifier: Apache-2.0
#include "app/system.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
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

std::string name_of_host() {
  std::array<char, 256> name = {};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

// Those that this process may run on: a container or taskset may grant fewer than there are.
int cores_granted() {
  cpu_set_t granted;
  CPU_ZERO(&granted);
  return sched_getaffinity(0, sizeof granted, &granted) == 0 ? std::max(1, CPU_COUNT(&granted)) : 1;
}

class Process final : public OperatingSystem {
 public:
  System& system() override { return system_; }
  void leave_if_any_hangs(int code) override {
    if (tasks_->abandoned() > 0) {
      std::_Exit(code);
    }
  }

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
                 .output = descriptor_stream(*output_, STDOUT_FILENO),
                 .talk = descriptor_stream(*talk_, STDERR_FILENO),
                 .stop = stop_,
                 .reload = reload_,
                 .cores = cores_granted(),
                 .process = getpid(),
                 .host = name_of_host(),
                 .witness = crash_witness};
};

}  // namespace

std::unique_ptr<OperatingSystem> operating_system() {
  return std::make_unique<Process>();
}

}  // namespace weir
