// SPDX-License-Identifier: Apache-2.0
#include "store/mariadb_server.h"

#include <array>
#include <charconv>
#include <string_view>

#include "base/text.h"

namespace weir {
namespace {

constexpr std::array<std::string_view, 9> names = {"version",
                                                   "sql_mode",
                                                   "autocommit",
                                                   "character_set_client",
                                                   "innodb_flush_log_at_trx_commit",
                                                   "read_only",
                                                   "wsrep_on",
                                                   "lower_case_table_names",
                                                   "max_allowed_packet"};

class Checker {
 public:
  Checker(const std::string& place, const MariadbVariables& variables)
      : place_(place), variables_(variables) {}

  std::string_view value(std::string_view name) const {
    const auto at = variables_.find(name);
    return at == variables_.end() ? std::string_view() : at->second;
  }
  bool is_on(std::string_view name) const { return value(name) == "ON" || value(name) == "1"; }
  std::uint64_t number(std::string_view name) const {
    const std::string_view text = value(name);
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }
  bool is_mariadb() const { return value("version").find("MariaDB") != std::string_view::npos; }

  Error refused(ErrorKind kind, const std::string& why) const {
    return {kind, "mariadb: " + place_ + ": " + why};
  }

  Result<void> check_version() const;
  Result<void> check_session() const;
  Result<void> check_writes(MariadbStoreOptions::Durability durability) const;

 private:
  const std::string& place_;
  const MariadbVariables& variables_;
};

// Of a version such as "10.11.6-MariaDB-0+deb12u1", or "8.0.36": 10'011, 8'000.
std::uint64_t version_of(std::string_view text) {
  constexpr std::uint64_t major_step = 1000;
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  const char* const end = text.data() + text.size();
  const auto [point, failure] = std::from_chars(text.data(), end, major);
  if (failure == std::errc() && point != end) {
    std::from_chars(point + 1, end, minor);
  }
  return major * major_step + minor;
}

// Older ones forget, at a restart, which numbers of files they gave.
Result<void> Checker::check_version() const {
  constexpr std::uint64_t mariadb_min = 10'005;
  constexpr std::uint64_t mysql_min = 8'000;
  if (version_of(value("version")) < (is_mariadb() ? mariadb_min : mysql_min)) {
    return refused(ErrorKind::invalid, "its version is " + escaped(value("version"), 64) +
                                           "; weir needs MariaDB 10.5 or MySQL 8.0, or newer");
  }
  return {};
}

// What was set when the connection was made, and could have been changed on the way.
Result<void> Checker::check_session() const {
  for (const std::string_view mode : {"STRICT_ALL_TABLES", "ANSI_QUOTES"}) {
    if (value("sql_mode").find(mode) == std::string_view::npos) {
      return refused(ErrorKind::invalid, "it does not keep sql_mode = " + std::string(mode) +
                                             ", without which values may be changed silently");
    }
  }
  if (!is_on("autocommit") || value("character_set_client") != "utf8mb4") {
    return refused(ErrorKind::invalid,
                   "it does not keep autocommit = 1 and the character set "
                   "utf8mb4, which weir set");
  }
  return {};
}

Result<void> Checker::check_writes(MariadbStoreOptions::Durability durability) const {
  if (is_on("read_only")) {
    return refused(ErrorKind::unavailable, "the server takes no writes (read_only)");
  }
  if (is_on("wsrep_on")) {
    return refused(ErrorKind::invalid,
                   "it is a node of a Galera cluster, where rows that one node has locked can be "
                   "changed on another: weir cannot count exactly there");
  }
  const std::string_view flush = value("innodb_flush_log_at_trx_commit");
  const bool is_durable = flush == "1" || flush == "3";
  if (!is_durable && durability == MariadbStoreOptions::Durability::full) {
    return refused(ErrorKind::invalid,
                   "innodb_flush_log_at_trx_commit is " + escaped(flush, 16) +
                       ", so that commits may be lost with a crash: SET GLOBAL "
                       "innodb_flush_log_at_trx_commit = 1, and set it in the server's my.cnf");
  }
  return {};
}

}  // namespace

std::string mariadb_variables_query() {
  std::string list;
  for (const std::string_view name : names) {
    list += (list.empty() ? "'" : ", '") + std::string(name) + "'";
  }
  return "SHOW VARIABLES WHERE Variable_name IN (" + list + ")";
}

Result<MariadbServer> check_mariadb_server(const std::string& place,
                                           const MariadbVariables& variables,
                                           const MariadbDemand& demand) {
  const Checker checker(place, variables);
  TRY(checker.check_version());
  TRY(checker.check_session());
  if (demand.writes) {
    TRY(checker.check_writes(demand.durability));
  }
  return MariadbServer{.is_mariadb = checker.is_mariadb(),
                       .folds_names = checker.number("lower_case_table_names") != 0,
                       .packet_bytes = checker.number("max_allowed_packet")};
}

}  // namespace weir
