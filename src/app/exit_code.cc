// SPDX-License-Identifier: Apache-2.0
#include "app/exit_code.h"

#include <array>
#include <cerrno>

namespace weir {
namespace {

constexpr std::array<ExitMeaning, 8> meanings = {{
    {exit_done, "done; an ingest that was asked to stop and drained is done, too"},
    {exit_attention,
     "done, but look: bad lines in a sum, a file set aside or refused, a key without a total, "
     "books "
     "that do not balance"},
    {exit_usage, "the command line was not understood"},
    {exit_no_input, "no input: a file, folder or database that is not there or may not be read"},
    {exit_unavailable, "the store or the source cannot be used now, or no weir listens"},
    {exit_io, "input or output failed: a full or broken disk, a closed pipe, a damaged database"},
    {exit_try_later,
     "try later: another process holds the database, a sum was stopped, or an answer took too "
     "long"},
    {exit_flow_file,
     "the flow file, or a setting in the environment, is wrong; or a server's database is not set "
     "up (weir init)"},
}};

bool is_of_disk(int code) {
  return code == ENOSPC || code == EDQUOT || code == EIO || code == EROFS || code == EFBIG;
}

}  // namespace

std::span<const ExitMeaning> exit_meanings() {
  return meanings;
}

ExitCode exit_code(const Error& error, Place place) {
  if (place == Place::usage) {
    return exit_usage;
  }
  if (place == Place::output || is_of_disk(error.os_code) || error.kind == ErrorKind::corrupt) {
    return exit_io;
  }
  const bool is_withheld = error.os_code == ENOENT || error.os_code == ENOTDIR ||
                           error.os_code == EACCES || error.os_code == EPERM;
  if (is_withheld || (place == Place::source && error.kind == ErrorKind::invalid)) {
    return exit_no_input;
  }
  if (place == Place::flow_file) {
    return exit_flow_file;
  }
  return error.kind == ErrorKind::conflict ? exit_try_later : exit_unavailable;
}

}  // namespace weir
