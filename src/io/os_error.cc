// SPDX-License-Identifier: Apache-2.0
#include "io/os_error.h"

#include <cctype>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/check.h"
#include "base/text.h"

namespace weir {
namespace {

std::string_view remedy(int os_code) {
  switch (os_code) {
    case EMFILE:
      return " (raise the limit: ulimit -n)";
    case ELOOP:
      return " (symbolic links are not followed here)";
    case EXDEV:
      return " (it lies outside of its folder)";
    default:
      return "";
  }
}

}  // namespace

// "Permission denied" becomes "permission denied"; "RFS specific error" stays.
std::string os_reason(int os_code) {
  const char* known = ::strerrordesc_np(os_code);
  std::string text = known != nullptr ? known : "error " + std::to_string(os_code);
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  }
  return text;
}

ErrorKind kind_of_os_code(int os_code) {
  switch (os_code) {
    case EIO:
    case ENOSPC:
    case EDQUOT:
    case EROFS:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case EACCES:
    case EPERM:
    case EAGAIN:
    case EINTR:
    case EBUSY:
    case ETXTBSY:
    case ENOLCK:
    case ESTALE:  // a network file system whose server forgot the file: opening it again helps
    case ETIMEDOUT:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ENETUNREACH:
    case ECONNRESET:
    case ECONNREFUSED:
    case ENOTCONN:
    case ESHUTDOWN:
    case EREMOTEIO:
      return ErrorKind::unavailable;
    default:
      return ErrorKind::invalid;
  }
}

Error os_error(std::string_view verb, std::string_view path, int os_code) {
  std::string message(verb);
  message += " " + escaped(path) + ": " + os_reason(os_code);
  message += remedy(os_code);
  return {.kind = kind_of_os_code(os_code), .message = std::move(message), .os_code = os_code};
}

Error name_taken(std::string_view from, std::string_view to) {
  Error error = os_error("rename " + escaped(from) + " to", to, EEXIST);
  error.kind = ErrorKind::conflict;
  return error;
}

Error not_a_file(std::string_view verb, std::string_view path, FileKind kind) {
  CHECK(kind != FileKind::regular);
  if (kind != FileKind::other) {
    return os_error(verb, path, kind == FileKind::folder ? EISDIR : ELOOP);
  }
  return {.kind = ErrorKind::invalid,
          .message = std::string(verb) + " " + escaped(path) + ": a pipe, socket or device",
          .os_code = EINVAL};
}

}  // namespace weir
