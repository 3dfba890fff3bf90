// SPDX-License-Identifier: Apache-2.0
// The witness of this process: a table of who has what in hand, which the function of a deadly
// signal looks up its own thread in. All that function does is allowed within a signal: it opens,
// appends one line, and lets the signal do what it would have done. A stack that has run over
// leaves it no room, and SIGKILL no time: neither leaves a line.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <string_view>

#include "app/system.h"
#include "base/check.h"
#include "io/os_error.h"

namespace weir {
namespace {

constexpr int places = 1024;  // workers, and who reads ahead for them
constexpr std::size_t line_bytes_max = 80;
constexpr std::array deadly = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};

// Text without memory of the heap, in order; what does not fit is left out.
class Line {
 public:
  void add(std::string_view text) {
    for (const char c : text) {
      if (size_ < bytes_.size()) {
        bytes_[size_++] = c;
      }
    }
  }
  void add_number(std::uint64_t number, unsigned base, int digits_min = 1) {
    std::array<char, 20> digits = {};  // of 2^64 in decimal
    std::size_t at = digits.size();
    for (int made = 0; number > 0 || made < digits_min; ++made, number /= base) {
      digits[--at] = "0123456789abcdef"[number % base];
    }
    add({digits.data() + at, digits.size() - at});
  }
  std::string_view text() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, line_bytes_max> bytes_ = {};
  std::size_t size_ = 0;
};

// Read by the thread that wrote it, within a signal.
struct Place {
  std::atomic<pid_t> worker = 0;  // 0: free
  std::atomic<std::uint64_t> version = 0;
  std::atomic<std::int32_t> part = 0;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "touched within a signal");

class SignalWitness;
std::atomic<SignalWitness*> witness_of_signals = nullptr;  // a signal's function has no argument
extern "C" void on_crash(int number, siginfo_t* about, void* context);

class SignalWitness final : public Witness {
 public:
  explicit SignalWitness(const std::string& path) {
    CHECK(path.size() < path_.size());
    std::memcpy(path_.data(), path.data(), path.size());
    CHECK(witness_of_signals.exchange(this) == nullptr);
    struct sigaction action = {};
    action.sa_sigaction = on_crash;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < deadly.size(); ++i) {
      sigaction(deadly[i], &action, &before_[i]);
    }
  }

  ~SignalWitness() override {
    for (std::size_t i = 0; i < deadly.size(); ++i) {
      sigaction(deadly[i], &before_[i], nullptr);
    }
    witness_of_signals.store(nullptr);
  }

  int take_up(const Matter& matter) override {
    const pid_t self = gettid();
    for (int i = 0; i < places; ++i) {
      pid_t none = 0;
      Place& place = places_[static_cast<std::size_t>(i)];
      if (place.worker.load(std::memory_order_relaxed) == 0 &&
          place.worker.compare_exchange_strong(none, self)) {
        place.version = matter.version;
        place.part = matter.part;
        return i;
      }
    }
    return -1;
  }

  void put_down(int place) override { places_[static_cast<std::size_t>(place)].worker = 0; }

  // Within the signal, on the thread that crashed.
  void record(int number) {
    const pid_t self = gettid();
    for (const Place& place : places_) {
      if (place.worker.load(std::memory_order_relaxed) == self) {
        return append(number, place.version, place.part);
      }
    }
  }

  void restore(int number) {
    for (std::size_t i = 0; i < deadly.size(); ++i) {
      if (deadly[i] == number) {
        sigaction(number, &before_[i], nullptr);
      }
    }
  }

 private:
  // Begins with a line end, so that what a full disk has torn spoils no other line.
  void append(int number, std::uint64_t version, std::int32_t part) {
    Line line;
    line.add("\nsignal ");
    line.add_number(static_cast<std::uint64_t>(number), 10);
    line.add(" on ");
    line.add_number(version, 16, 16);
    line.add(part < 0 ? " -" : " ");
    line.add_number(static_cast<std::uint64_t>(part < 0 ? -std::int64_t{part} : part), 10);
    line.add("\n");
    constexpr int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    const int file = ::open(path_.data(), flags, 0644);
    const std::string_view text = line.text();
    const bool noted =
        file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    tell(number, noted);
  }

  void tell(int number, bool noted) {
    Line line;
    line.add("weir: crashed with signal ");
    line.add_number(static_cast<std::uint64_t>(number), 10);
    line.add(noted ? "; on what, is noted\n" : "; on what, could not be noted\n");
    const std::string_view text = line.text();
    struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
    if (poll(&room, 1, 0) == 1 && (room.revents & POLLOUT) != 0) {  // never waits for a reader
      static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
    }
  }

  std::array<char, PATH_MAX> path_ = {};
  std::array<Place, places> places_;
  std::array<struct sigaction, deadly.size()> before_ = {};
};

// What another process sends (a watchdog, a person) is no crash, whoever is interrupted by it.
bool is_own(const siginfo_t& about) {
  return about.si_code > 0 || about.si_pid == getpid();
}

void on_crash(int number, siginfo_t* about, void* /*context*/) {
  SignalWitness* const witness = witness_of_signals.load();
  if (witness == nullptr) {  // it has just gone
    signal(number, SIG_DFL);
  } else {
    if (is_own(*about)) {
      witness->record(number);
    }
    witness->restore(number);
  }
  // An instruction that failed fails again on return, which leaves the better core; what was sent
  // has to be sent again.
  if (about->si_code <= 0) {
    raise(number);
  }
}

}  // namespace

Result<std::unique_ptr<Witness>> crash_witness(const std::string& path) {
  if (path.size() >= PATH_MAX) {
    return os_error("note crashes in", path, ENAMETOOLONG);
  }
  return std::unique_ptr<Witness>(std::make_unique<SignalWitness>(path));
}

}  // namespace weir
