// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "app/system.h"
#include "base/text.h"
#include "io/os_error.h"

namespace weir {
namespace {

constexpr timeval room_wait_max = {.tv_sec = 1, .tv_usec = 0};

class DatagramWriter final : public ByteWriter {
 public:
  DatagramWriter(int descriptor, const std::string& address)
      : descriptor_(descriptor), address_(address) {
    setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &room_wait_max, sizeof room_wait_max);
    name_.sun_family = AF_UNIX;
    address_.copy(name_.sun_path, sizeof name_.sun_path);
    if (address_.front() == '@') {
      name_.sun_path[0] = '\0';
    }
  }
  ~DatagramWriter() override { ::close(descriptor_); }
  DatagramWriter(const DatagramWriter&) = delete;
  DatagramWriter& operator=(const DatagramWriter&) = delete;

  Result<void> write(std::string_view bytes) override {
    // An abstract name has as many bytes as it is said to have; a path may end before.
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    ssize_t sent = 0;
    do {
      sent = sendto(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL,
                    reinterpret_cast<const sockaddr*>(&name_), length);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
      return os_error("send to", address_, errno);
    }
    return {};
  }

 private:
  const int descriptor_;
  const std::string address_;
  sockaddr_un name_ = {};
};

}  // namespace

Result<std::unique_ptr<ByteWriter>> datagram_writer(const std::string& address) {
  const bool abstract = address.starts_with('@') && address.size() > 1;
  if ((!abstract && !address.starts_with('/')) || address.size() >= sizeof(sockaddr_un::sun_path)) {
    return Error{ErrorKind::invalid, escaped(address) + " is no address of a unix socket"};
  }
  const int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    return os_error("make a socket for", address, errno);
  }
  return std::unique_ptr<ByteWriter>(std::make_unique<DatagramWriter>(descriptor, address));
}

}  // namespace weir
