// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_error.h"

#include <sqlite3.h>

#include <cerrno>
#include <system_error>

#include "base/text.h"

namespace weir {
namespace {

int primary(int code) {
  return code & 0xff;
}

// Mended by a person or by time while weir runs.
bool may_pass(int os_code) {
  switch (os_code) {
    case ENOSPC:
    case EDQUOT:
    case EIO:
    case EROFS:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
    case EINTR:
      return true;
    default:
      return false;
  }
}

ErrorKind kind_of(const SqliteFailure& failure) {
  switch (primary(failure.code)) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM:
    case SQLITE_READONLY:
    case SQLITE_INTERRUPT:
      return ErrorKind::unavailable;
    case SQLITE_CANTOPEN:
      return may_pass(failure.os_code) ? ErrorKind::unavailable : ErrorKind::invalid;
    case SQLITE_CONSTRAINT:
      return ErrorKind::invalid;
    default:  // a broken file, or tables that somebody changed
      return ErrorKind::corrupt;
  }
}

std::string remedy_of(const SqliteFailure& failure) {
  switch (primary(failure.code)) {
    case SQLITE_FULL:
      return "make room on its disk";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another program is writing to it";
    case SQLITE_READONLY:
      return "make the file, its folder and its file system writable";
    case SQLITE_CORRUPT:
      return "keep a copy, and restore it from a backup";
    case SQLITE_NOTADB:
      return "name another file, or restore it from a backup";
    default:
      return "";
  }
}

int os_code_of(const SqliteFailure& failure) {
  if (failure.os_code != 0) {
    return failure.os_code;
  }
  return primary(failure.code) == SQLITE_FULL ? ENOSPC : 0;
}

}  // namespace

Error sqlite_error(const std::string& path, const SqliteFailure& failure) {
  Error error{kind_of(failure), "sqlite: " + escaped(path) + ": " + failure.words,
              os_code_of(failure)};
  if (failure.os_code != 0) {
    error.message += " (" + std::generic_category().message(failure.os_code) + ")";
  }
  if (const std::string remedy = remedy_of(failure); !remedy.empty()) {
    error.message += "; " + remedy;
  }
  return error;
}

bool connection_is_lost(int code) {
  switch (primary(code)) {
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
      return true;
    default:
      return false;
  }
}

}  // namespace weir
