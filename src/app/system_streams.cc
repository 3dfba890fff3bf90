// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "app/system.h"
#include "io/os_error.h"

namespace weir {
namespace {

// Whoever shares a terminal or a pipe may have made it non-blocking, for us too.
void wait_for_room(int descriptor) {
  pollfd waited = {.fd = descriptor, .events = POLLOUT, .revents = 0};
  poll(&waited, 1, -1);  // an error shows in the next write
}

class DescriptorWriter final : public ByteWriter {
 public:
  DescriptorWriter(int descriptor, std::string shown)
      : descriptor_(descriptor), shown_(std::move(shown)) {}

  Result<void> write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
      if (count < 0 && errno == EAGAIN) {
        wait_for_room(descriptor_);
      } else if (count < 0 && errno != EINTR) {
        return os_error("write to", shown_, errno);
      }
      bytes.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    return {};
  }

 private:
  const int descriptor_;
  const std::string shown_;
};

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

}  // namespace

std::unique_ptr<ByteWriter> descriptor_writer(int descriptor, const std::string& shown) {
  return std::make_unique<DescriptorWriter>(descriptor, shown);
}

OutStream descriptor_stream(ByteWriter& writer, int descriptor) {
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

}  // namespace weir
