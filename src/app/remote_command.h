// SPDX-License-Identifier: Apache-2.0
// Commands that change what was counted, while a watch holds the database: the same command line
// goes through the watch's socket, is carried out there, and its words come back.
//
//   weir revoke a ──{"arguments": "revoke\na"}──► watch: run() on its own store
//                 ◄──{"exit": 0, "output": …, "talk": …}──
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/system.h"
#include "base/result.h"
#include "io/line_socket.h"
#include "model/flow.h"
#include "store/store.h"

namespace weir {

struct CarriedOut {
  int exit = 0;
  std::string output;  // standard output
  std::string talk;    // standard error
};

// Asks the watch at the socket. Paths among the arguments are made absolute. Nothing: no watch
// listens there.
Result<std::optional<CarriedOut>> ask_watch(System& system, const std::string& socket,
                                            const std::vector<std::string>& arguments);

// The other side. Nothing: the line is no such request.
std::optional<std::vector<std::string>> asked_arguments(std::string_view line);
std::string answer_line(const CarriedOut& carried_out);

// What a watch lends to the commands that it carries out.
struct Lent {  // borrows
  Store& store;
  const FlowSettings& settings;
};
CarriedOut carry_out(System& system, const Lent& lent, const std::vector<std::string>& arguments);

// The same store, under another owner.
std::unique_ptr<Store> borrowed_store(Store& store);

}  // namespace weir
