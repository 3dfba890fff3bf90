// SPDX-License-Identifier: Apache-2.0
// Runs a command and says what it took: timed FIGURES COMMAND [ARGUMENT…]
// Writes `wall cpu rss status` to the file FIGURES: seconds, seconds of user and system, peak
// resident KiB of the largest process, exit status. A small program, since the peak of a process
// begins with that of the one it was forked from.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace {

double seconds_of(const timeval& time) {
  return double(time.tv_sec) + double(time.tv_usec) * 1e-6;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    return 2;
  }
  const auto begin = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    execvp(arguments[2], arguments + 2);
    std::perror(arguments[2]);
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  if (child < 0 || wait4(child, &status, 0, &usage) != child) {
    std::perror("timed");
    return 1;
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  std::FILE* figures = std::fopen(arguments[1], "w");
  if (figures == nullptr) {
    std::perror(arguments[1]);
    return 1;
  }
  const int exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  std::fprintf(figures, "%.6f %.6f %ld %d\n", wall.count(),
               seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime), usage.ru_maxrss,
               exit_status);
  return std::fclose(figures) == 0 ? exit_status : 1;
}
