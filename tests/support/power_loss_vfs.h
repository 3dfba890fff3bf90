// SPDX-License-Identifier: Apache-2.0
// A disk for SQLite whose power can be cut, which can fill up, and at whose n-th step the process
// can be killed. It stands over SQLite's own file access, as its default, and knows of every file
// what was written and not yet synced. It never waits for a real disk.
//
//   PowerLossVfs disk;
//   disk.cut_at(17);                     // at the 17th write, truncation, sync or removal
//   … work until it fails, close everything …
//   disk.restart(seed);                  // what was not synced is kept, dropped or torn, by seed
#pragma once

#include <cstdint>
#include <memory>

namespace weir::testing {

class PowerLossVfs {
 public:
  struct State;
  PowerLossVfs();  // before any database is opened through it
  ~PowerLossVfs();
  PowerLossVfs(const PowerLossVfs&) = delete;
  PowerLossVfs& operator=(const PowerLossVfs&) = delete;

  // Steps are counted from 1, from these calls on.
  void cut_at(std::uint64_t step);   // this one and all later ones fail
  void kill_at(std::uint64_t step);  // SIGKILL before it takes effect

  enum class Step { any, write, sync };
  struct Failure {
    Step kind = Step::any;    // only these are counted
    std::uint64_t first = 1;  // fails, and so do those after it, up to
    std::uint64_t last = 1;
    int code = 0;     // of SQLite
    int os_code = 0;  // errno
  };
  void fail(const Failure& failure);
  void heal();  // no cut, kill or failure from now on

  std::uint64_t steps() const;  // since the last of the calls above
  std::uint64_t opens() const;  // of databases, since then
  bool is_cut() const;
  bool has_failed() const;  // a failure was delivered

  // Everything must be closed. Afterwards the files are what the disk holds, and all is well.
  void restart(std::uint64_t seed);

 private:
  const std::unique_ptr<State> state_;
};

}  // namespace weir::testing
