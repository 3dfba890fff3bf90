// SPDX-License-Identifier: Apache-2.0
#include <poll.h>
#include <unistd.h>

#include <cerrno>

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

}  // namespace

std::unique_ptr<ByteWriter> descriptor_writer(int descriptor, const std::string& shown) {
  return std::make_unique<DescriptorWriter>(descriptor, shown);
}

}  // namespace weir
