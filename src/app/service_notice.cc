// SPDX-License-Identifier: Apache-2.0
#include "app/service_notice.h"

#include <fmt/format.h>

#include "app/number_from.h"
#include "app/redact.h"
#include "base/text.h"

namespace weir {
namespace {

constexpr std::size_t status_bytes_max = 1000;

std::string value_of(const System& system, const char* name) {
  const auto found = system.environment.find(name);
  return found == system.environment.end() ? std::string() : found->second;
}

// Half of the time after which the service counts as dead (sd_watchdog_enabled(3)).
std::optional<Nanoseconds> watchdog_of(const System& system) {
  const std::string process = value_of(system, "WATCHDOG_PID");
  const auto microseconds = number_from<std::int64_t>(value_of(system, "WATCHDOG_USEC"));
  const bool meant = process.empty() || process == fmt::format("{}", system.process);
  constexpr std::int64_t microseconds_max = INT64_MAX / 1000;
  if (!meant || !microseconds || *microseconds <= 0 || *microseconds > microseconds_max) {
    return std::nullopt;
  }
  return *microseconds * 1000 / 2;
}

}  // namespace

ServiceNotice::ServiceNotice(System& system) : clock_(system.machine.clock) {
  const std::string address = value_of(system, "NOTIFY_SOCKET");
  if (address.empty()) {
    return;
  }
  auto socket = datagram_writer(address);
  if (socket) {
    socket_ = *std::move(socket);
    alive_every_ = watchdog_of(system);
  }
}

void ServiceNotice::ready() {
  send("READY=1");
}

void ServiceNotice::reloading() {
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", clock_.monotonic() / 1000));
}

void ServiceNotice::stopping() {
  send("STOPPING=1");
}

void ServiceNotice::status(std::string_view text) {
  send(fmt::format("STATUS={}", escaped(redacted(text), status_bytes_max)));
}

void ServiceNotice::alive() {
  const Nanoseconds now = clock_.monotonic();
  if (alive_every_ && now >= alive_due_) {
    alive_due_ = now + *alive_every_;
    send("WATCHDOG=1");
  }
}

void ServiceNotice::send(std::string_view message) {
  if (socket_) {
    static_cast<void>(socket_->write(message));
  }
}

}  // namespace weir
