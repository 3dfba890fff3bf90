// SPDX-License-Identifier: Apache-2.0
// Standard input as a file that is read once, from its start to its end.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/check.h"
#include "io/disk.h"
#include "io/os_error.h"

namespace weir {
namespace {

constexpr std::string_view shown = "standard input";

constexpr int wait_ms_max = 200;  // until a stop is looked at again

class StandardInput final : public ReadFile {
 public:
  explicit StandardInput(const Stop& stop) : stop_(stop) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
    CHECK(offset == position_);
    std::size_t filled = 0;
    while (filled < into.size() && !ended_ && failed_ == 0) {
      if (stop_.requested()) {
        failed_ = EINTR;
      } else if (has_bytes()) {
        filled += read_some(into.subspan(filled));
      }
    }
    if (failed_ != 0) {
      return os_error("read", shown, failed_);
    }
    position_ += filled;
    return filled;
  }

  Result<FileStatus> status() override {
    struct stat found{};
    if (::fstat(STDIN_FILENO, &found) != 0) {
      return os_error("look at", shown, errno);
    }
    const bool regular = S_ISREG(found.st_mode);
    return FileStatus{.kind = regular ? FileKind::regular : FileKind::other,
                      .size = regular ? static_cast<std::uint64_t>(found.st_size) : 0,
                      .inode = found.st_ino,
                      .device = found.st_dev};
  }

 private:
  // Also where the end or an error is what there is to read.
  static bool has_bytes() {
    pollfd waiting{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    return ::poll(&waiting, 1, wait_ms_max) > 0;
  }

  std::size_t read_some(std::span<char> into) {
    const ssize_t got = ::read(STDIN_FILENO, into.data(), into.size());
    ended_ = got == 0;                                   // a terminal would go on after its end
    if (got < 0 && errno != EINTR && errno != EAGAIN) {  // a pipe may be shared, and non-blocking
      failed_ = errno;
    }
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }

  const Stop& stop_;
  std::uint64_t position_ = 0;
  bool ended_ = false;
  int failed_ = 0;  // for good: what was read before the failure cannot be read again
};

}  // namespace

std::unique_ptr<ReadFile> standard_input(const Stop& stop) {
  return std::make_unique<StandardInput>(stop);
}

}  // namespace weir
