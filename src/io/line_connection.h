// SPDX-License-Identifier: Apache-2.0
// One peer of a line server. Inside the line sockets.
//
//   bytes ──► frames ──► a line ──► requests ──► reply ──► outbox ──► bytes
//             (one line             (elsewhere,  (any      (at most answers_bytes_max;
//              and one read)         later)       thread)   from the half on, no more is read)
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/tasks.h"
#include "io/disk_descriptor.h"
#include "io/disk_wakeup.h"
#include "io/line_frames.h"
#include "io/line_socket.h"

namespace weir {

// Answers on their way to one peer. Filled from any thread, emptied by the server's.
class LineOutbox {
 public:
  struct Options {
    Tasks& tasks;
    std::size_t bytes_max;
    std::shared_ptr<Wakeup> wakeup;  // rung when there is something to do; shared with the server
  };
  explicit LineOutbox(const Options& options)
      : options_(options), monitor_(options.tasks.monitor()) {}

  void put(std::string_view line);
  void close();  // what is in it is dropped, and what is put later
  void ring() { options_.wakeup->ring(); }

  // By the server's thread alone.
  struct State {
    std::size_t unsent = 0;   // bytes
    bool overflowed = false;  // something was put for which there was no room
  };
  State state();
  bool send_some(int socket);  // false: the peer is gone

 private:
  const Options options_;
  const std::unique_ptr<Monitor> monitor_;  // guards the three below
  std::string waiting_;
  State state_;
  bool closed_ = false;
  std::string sending_;   // taken from those that wait
  std::size_t sent_ = 0;  // of it
};

// By the server's thread alone.
class LineConnection {
 public:
  struct Options {
    Descriptor socket;  // non-blocking
    LinePeer peer;
    std::size_t line_bytes_max;
    LineOutbox::Options outbox;
  };
  explicit LineConnection(Options options);
  ~LineConnection() { outbox_->close(); }

  int socket() const { return options_.socket.number(); }
  short wanted();  // what to poll for
  // Does what can be done without waiting. `told` is what poll said; `room` is scratch memory.
  void serve(short told, std::span<char> room, const LineRequests& requests);
  void send_answers();  // as many as there is room for
  bool done();          // nothing will come or go any more

 private:
  void read_some(std::span<char> room);
  void take_lines(const LineRequests& requests);
  void hear_no_more(const std::string& last_word);
  bool may_ask();

  const Options options_;
  const std::shared_ptr<LineOutbox> outbox_;  // shared with replies
  LineFrames frames_;
  std::shared_ptr<LineReply> reply_;  // none: the peer asks nothing more
  std::weak_ptr<LineReply> replies_;  // whether somebody may still answer
  bool cut_off_ = false;              // it ends once what was answered is sent
  bool gone_ = false;
};

}  // namespace weir
