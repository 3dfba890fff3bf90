// SPDX-License-Identifier: Apache-2.0
// Runs a part of a test in a process of its own: for limits, mounts and users, which cannot be
// given back. What fails there is printed there, and fails the test here.
#pragma once

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <functional>

#include "base/check.h"

namespace weir::testing {

inline constexpr unsigned nobody = 65534;

inline bool passes_in_child(const std::function<void()>& body) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    body();
    std::fflush(nullptr);
    ::_exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Runs the body in a process of its own; whether it was killed there.
template <class Body>
bool killed_in_child(const Body& body) {
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    body();
    ::_exit(0);
  }
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

// Root may do everything, so permissions are tested as somebody else.
inline bool passes_as_nobody(const std::function<void()>& body) {
  return passes_in_child([&] {
    if (::geteuid() == 0) {
      CHECK(::setgroups(0, nullptr) == 0 && ::setgid(nobody) == 0 && ::setuid(nobody) == 0);
    }
    body();
  });
}

}  // namespace weir::testing
