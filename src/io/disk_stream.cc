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

class StandardInput final : public ReadFile {
 public:
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
    CHECK(offset == position_);
    std::size_t filled = 0;
    while (filled < into.size() && !ended_ && failed_ == 0) {
      const ssize_t got = ::read(STDIN_FILENO, into.data() + filled, into.size() - filled);
      if (got > 0) {
        filled += static_cast<std::size_t>(got);
      } else if (got == 0) {
        ended_ = true;  // a terminal would go on after its end
      } else if (errno == EAGAIN) {
        wait_for_bytes();
      } else if (errno != EINTR) {
        failed_ = errno;
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
  // Whoever shares the pipe may have made it non-blocking, for us too.
  static void wait_for_bytes() {
    pollfd waiting{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    ::poll(&waiting, 1, -1);  // an error shows in the next read
  }

  std::uint64_t position_ = 0;
  bool ended_ = false;
  int failed_ = 0;  // for good: what was read before the failure cannot be read again
};

}  // namespace

std::unique_ptr<ReadFile> standard_input() {
  return std::make_unique<StandardInput>();
}

}  // namespace weir
