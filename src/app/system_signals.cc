// SPDX-License-Identifier: Apache-2.0
// The first signal asks for a drain, the second one leaves: a person who presses ^C twice means it.
// SIGHUP is one of them, but to a service: there it has meant for decades to read the settings
// again.
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>

#include "app/system.h"
#include "base/check.h"

namespace weir {
namespace {

// A signal's function is given nothing but its number: what it acts on must be global.
std::atomic<Stop*> stop_of_signals = nullptr;
std::atomic<Reload*> reload_of_signals = nullptr;
static_assert(std::atomic<Stop*>::is_always_lock_free, "touched within a signal");

extern "C" void on_signal(int number) {
  Reload* const reload = reload_of_signals.load();
  if (number == SIGHUP && reload != nullptr && reload->listening()) {
    return reload->request();
  }
  Stop* const stop = stop_of_signals.load();
  if (stop == nullptr || stop->requested()) {
    _exit(128 + number);
  }
  stop->request();
}

constexpr std::array stopping = {SIGTERM, SIGINT, SIGHUP};

}  // namespace

struct Signals::State {
  std::array<struct sigaction, stopping.size()> before = {};
  struct sigaction pipe_before = {};
};

Signals::Signals(Stop& stop, Reload& reload) : state_(std::make_unique<State>()) {
  CHECK(stop_of_signals.exchange(&stop) == nullptr);
  reload_of_signals.store(&reload);
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < stopping.size(); ++i) {
    sigaction(stopping[i], nullptr, &state_->before[i]);
    if (state_->before[i].sa_handler != SIG_IGN) {
      sigaction(stopping[i], &action, nullptr);
    }
  }
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, &state_->pipe_before);
}

Signals::~Signals() {
  for (std::size_t i = 0; i < stopping.size(); ++i) {
    sigaction(stopping[i], &state_->before[i], nullptr);
  }
  sigaction(SIGPIPE, &state_->pipe_before, nullptr);
  stop_of_signals.store(nullptr);
  reload_of_signals.store(nullptr);
}

}  // namespace weir
