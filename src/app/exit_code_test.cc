// SPDX-License-Identifier: Apache-2.0
#include "app/exit_code.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace weir {
namespace {

struct Case {
  ErrorKind kind;
  int os_code;
  Place place;
  ExitCode expected;
};

TEST(ExitCode, FollowsFromWhatFailedAndHow) {
  using enum ErrorKind;
  const Case cases[] = {
      {invalid, 0, Place::usage, exit_usage},
      {invalid, ENOENT, Place::usage, exit_usage},
      {invalid, 0, Place::flow_file, exit_flow_file},
      {invalid, ENOENT, Place::flow_file, exit_no_input},
      {unavailable, EACCES, Place::flow_file, exit_no_input},
      {invalid, ENOENT, Place::source, exit_no_input},
      {invalid, 0, Place::source, exit_no_input},
      {unavailable, EACCES, Place::source, exit_no_input},
      {unavailable, ESTALE, Place::source, exit_unavailable},
      {unavailable, EIO, Place::source, exit_io},
      {invalid, ENOENT, Place::store, exit_no_input},
      {conflict, 0, Place::store, exit_try_later},
      {unavailable, 0, Place::store, exit_unavailable},
      {unavailable, ENOSPC, Place::store, exit_io},
      {invalid, 0, Place::store, exit_unavailable},
      {corrupt, 0, Place::store, exit_io},
      {unavailable, EPIPE, Place::output, exit_io},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(exit_code({each.kind, "", each.os_code}, each.place), each.expected)
        << static_cast<int>(each.kind) << " " << each.os_code << " "
        << static_cast<int>(each.place);
  }
}

TEST(ExitCode, EachHasAMeaning) {
  for (const ExitCode code : {exit_done, exit_attention, exit_usage, exit_no_input,
                              exit_unavailable, exit_io, exit_try_later, exit_flow_file}) {
    int found = 0;
    for (const ExitMeaning& meaning : exit_meanings()) {
      found += meaning.code == code && !meaning.meaning.empty() ? 1 : 0;
    }
    EXPECT_EQ(found, 1) << code;
  }
}

}  // namespace
}  // namespace weir
