// SPDX-License-Identifier: Apache-2.0
#include "app/output.h"

namespace weir {

Output::Output(OutStream& stream, std::size_t buffer_bytes)
    : stream_(stream), buffer_bytes_(buffer_bytes) {
  buffer_.reserve(buffer_bytes_);
}

void Output::write(std::string_view bytes) {
  if (buffer_.size() + bytes.size() > buffer_bytes_) {
    pass_on();
  }
  if (bytes.size() < buffer_bytes_) {
    buffer_.append(bytes);
  } else if (status_) {
    status_ = stream_.writer.write(bytes);
  }
}

Result<void> Output::flush() {
  pass_on();
  return status_;
}

void Output::pass_on() {
  if (status_ && !buffer_.empty()) {
    status_ = stream_.writer.write(buffer_);
  }
  buffer_.clear();
}

}  // namespace weir
