// SPDX-License-Identifier: Apache-2.0
#include "flow/quarantine.h"

#include <string>

#include "base/text.h"

namespace weir {

bool nothing_counted(const FileRow& file) {
  return file.units_done == 0 && file.counts == LineCounts{};
}

Result<void> retry_file(Store& store, const FileRow& file) {
  if (file.state != FileState::quarantined && file.state != FileState::dropped &&
      file.state != FileState::revoked) {
    return Error{ErrorKind::invalid, escaped(file.path) + " is " + std::string(name(file.state)) +
                                         ", neither quarantined nor dropped nor revoked"};
  }
  if (nothing_counted(file)) {
    const std::string reason = std::string(cause::retry) + "the next ingest takes it";
    return store.ledger().settle(file, FileState::quarantined, reason);
  }
  return store.ledger().settle(file, FileState::pending, "");
}

Result<void> drop_file(Store& store, const FileRow& file) {
  if (file.state == FileState::done) {
    return Error{ErrorKind::invalid,
                 escaped(file.path) +
                     " is counted already; it stays counted (`weir revoke` takes "
                     "a file back)"};
  }
  return store.ledger().settle(file, FileState::dropped, "dropped on request");
}

}  // namespace weir
