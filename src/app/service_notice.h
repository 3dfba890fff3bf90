// SPDX-License-Identifier: Apache-2.0
// What a service tells the program that started it: systemd, or whatever else sets NOTIFY_SOCKET
// (sd_notify(3) describes the messages).
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "app/system.h"
#include "base/clock.h"

namespace weir {

// Where nobody asked for it, nothing is told; a message that does not arrive is nobody's failure.
// One thread at a time.
class ServiceNotice {
 public:
  explicit ServiceNotice(System& system);  // borrows its clock

  void ready();      // has started; after `reloading`: has reloaded
  void reloading();  // has begun to read its settings again
  void stopping();   // has begun to drain
  // What it is doing, one line for people; of more than 1,000 bytes the rest is left out.
  void status(std::string_view text);
  // To be called as often as one likes, at least every second: told when it is due, so that the
  // service is not taken for dead.
  void alive();

 private:
  void send(std::string_view message);

  Clock& clock_;
  std::unique_ptr<ByteWriter> socket_;      // nothing: nobody asked
  std::optional<Nanoseconds> alive_every_;  // nothing: nobody watches
  Nanoseconds alive_due_ = 0;
};

}  // namespace weir
