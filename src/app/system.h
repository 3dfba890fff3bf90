// SPDX-License-Identifier: Apache-2.0
// What a command line runs in: machine, environment, standard streams and what signals ask for,
// passed in as one, so that whole command lines run within a test, with writers in memory.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/stop.h"
#include "base/witness.h"
#include "io/machine.h"

namespace weir {

// Where bytes go, in order. One thread at a time.
class ByteWriter {
 public:
  virtual ~ByteWriter() = default;
  virtual Result<void> write(std::string_view bytes) = 0;  // all of them, or an error with errno
};

inline constexpr std::size_t out_stream_room_bytes = 4096;

struct OutStream {
  ByteWriter& writer;  // borrowed
  bool terminal = false;
  bool journal = false;                              // of systemd
  std::function<int()> columns = [] { return 80; };  // of the terminal, now
  // Whether so many bytes can be written at once: waits for it at most so long.
  std::function<bool(Nanoseconds)> room = [](Nanoseconds) { return true; };
};

struct Lent;  // remote_command.h

struct System {  // borrows; outlived by what it points to
  Machine machine;
  std::map<std::string, std::string> environment;
  ReadFile& input;  // read once, in order, to its end
  bool input_terminal = false;
  OutStream output;  // for what was asked for
  OutStream talk;    // for people
  Stop& stop;
  Reload& reload;
  int cores = 1;
  const Lent* lent = nullptr;  // to a command that a watch carries out
  std::int32_t process = 0;    // its number
  std::string host;            // name of the machine
  // Whoever crashes from now on is noted in the file of this path, as flow/poison.h reads it, until
  // the witness is gone. One at a time. Absent: within a test.
  std::function<Result<std::unique_ptr<Witness>>(const std::string& path)> witness = {};
};

// The system of this process. While it lives, SIGTERM, SIGINT and SIGHUP request the stop, and the
// second one ends the process at once with 128 + its number; once a command listens for it
// (Reload::listen), SIGHUP requests the reload instead, and ends nothing. What was ignored at the
// start (nohup, background jobs) stays ignored. SIGPIPE is ignored: a reader that has gone is an
// error of write. One at a time.
class OperatingSystem {
 public:
  virtual ~OperatingSystem() = default;
  virtual System& system() = 0;
  // Where a task was abandoned and still hangs, the process ends here and now, with this code:
  // nothing that the task may come back to is torn down.
  virtual void leave_if_any_hangs(int code) = 0;
};
std::unique_ptr<OperatingSystem> operating_system();

// The part of it that is about signals; restores what was before. One at a time.
class Signals {
 public:
  Signals(Stop& stop, Reload& reload);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What System::witness is to a process: it lives on SIGSEGV, SIGABRT, SIGBUS, SIGFPE and SIGILL,
// and leaves the end of the process to them.
Result<std::unique_ptr<Witness>> crash_witness(const std::string& path);

// A file descriptor to write to; borrowed, never closed. The name is for errors.
std::unique_ptr<ByteWriter> descriptor_writer(int descriptor, const std::string& shown);

// A stream over it, with what it is asked for found out: a terminal, the journal, or neither.
OutStream descriptor_stream(ByteWriter& writer, int descriptor);

// Datagrams to a unix socket, one a write; waits at most a second for room. "@name" is in the
// abstract namespace. `invalid`: neither that nor an absolute path, or longer than a socket's name
// may be.
Result<std::unique_ptr<ByteWriter>> datagram_writer(const std::string& address);

}  // namespace weir
