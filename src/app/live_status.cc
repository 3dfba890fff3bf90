// SPDX-License-Identifier: Apache-2.0
#include "app/live_status.h"

#include <fmt/format.h>

#include "app/progress.h"
#include "app/summary.h"
#include "base/flat_json.h"
#include "base/text.h"
#include "io/line_socket.h"

namespace weir {
namespace {

constexpr Nanoseconds millisecond = 1'000'000;
constexpr Nanoseconds patience = 5'000 * millisecond;

double seconds_in(const FlatJson& status, std::string_view name) {
  return static_cast<double>(whole_in(status, name).value_or(0)) / 1000;
}

std::string number_in(const FlatJson& status, std::string_view name) {
  return grouped(static_cast<std::uint64_t>(whole_in(status, name).value_or(0)));
}

}  // namespace

bool asks_for_status(std::string_view line) {
  const auto request = flat_json(line);
  return request && text_in(*request, "ask") == "status";
}

std::string status_line(const WatchStatus& status) {
  return fmt::format(
      R"({{"scans":{},"files_seen":{},"scan_took_ms":{},"scan_interval_ms":{},)"
      R"("files_accepted":{},"files_counted":{},"files_quarantined":{},"files_released":{},)"
      R"("files_unfinished":{},"files_under_way":{},"commits":{},"store_failures":{},)"
      R"("store_reached":{},"rows_rolled_up":{},"books_balance":{}}})",
      status.scans, status.files_seen, status.scan_took / millisecond,
      status.scan_interval / millisecond, status.files_accepted, status.files_counted,
      status.files_quarantined, status.files_released, status.files_unfinished,
      status.files_under_way, status.commits, status.store_failures, status.store_reached,
      status.rows_rolled_up, status.books_balance);
}

std::optional<std::string> ask_status(System& system, const std::string& socket) {
  const auto client = connect_lines(system.machine.clock, socket);
  if (!client || !(*client)->send(R"({"ask":"status"})")) {
    return std::nullopt;
  }
  auto answer = (*client)->receive(system.machine.clock.monotonic() + patience);
  return answer ? *std::move(answer) : std::nullopt;
}

std::string status_sentence(const std::string& line) {
  const auto status = flat_json(line);
  if (!status) {
    return "";
  }
  return fmt::format(
      "{}{}running: {} files counted, {} under way, {} unfinished, {} put away; {} scans, the last "
      "one saw {} files in {}, the next one comes within {}",
      truth_in(*status, "store_reached") ? "" : "the database is out of reach; ",
      truth_in(*status, "books_balance") ? "" : "the books do not balance; ",
      number_in(*status, "files_counted"), number_in(*status, "files_under_way"),
      number_in(*status, "files_unfinished"), number_in(*status, "files_released"),
      number_in(*status, "scans"), number_in(*status, "files_seen"),
      seconds_text(seconds_in(*status, "scan_took_ms")),
      seconds_text(seconds_in(*status, "scan_interval_ms")));
}

}  // namespace weir
