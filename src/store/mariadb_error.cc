// SPDX-License-Identifier: Apache-2.0
#include "store/mariadb_error.h"

#include <errmsg.h>
#include <mysqld_error.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "base/text.h"

namespace weir {
namespace {

// Numbers that one of the two servers gives, and the other's header does not name.
constexpr unsigned mysql_statement_timeout = 3024;
constexpr unsigned mysql_deadlock_by_name = 3058;
constexpr unsigned mysql_disconnected_by_admin = 4031;
constexpr unsigned library_errors_begin = 2000;
constexpr unsigned library_errors_end = 3000;
constexpr unsigned newer_library_errors_begin = 5000;

constexpr std::string_view shutting_down = "the server is shutting down";
constexpr std::string_view make_room = "make room on the server's disk";
constexpr std::string_view read_only = "the server takes no writes: name the one that does";
constexpr std::string_view grant = "grant the user what it needs, or name another";
constexpr std::string_view log_in = "check user and password, and from where the user may come";
constexpr std::string_view crowded = "the server has as many connections as it takes";
constexpr std::string_view others = "somebody else holds what it needs";
constexpr std::string_view altered = "somebody altered the tables: put them back, or restore them";
constexpr std::string_view repair = "keep a copy, and restore it from a backup";

struct Row {
  unsigned code = 0;
  ErrorKind kind = ErrorKind::invalid;
  std::string_view remedy;
  bool is_lost = false;
};

constexpr std::array rows = {
    // Others hold what is needed. 1205 undoes the statement alone, 1213 everything: the caller
    // rolls back after both.
    Row{ER_LOCK_WAIT_TIMEOUT, ErrorKind::unavailable, others},
    Row{ER_LOCK_DEADLOCK, ErrorKind::unavailable, others},
    Row{mysql_deadlock_by_name, ErrorKind::unavailable, others},
    Row{ER_CHECKREAD, ErrorKind::unavailable, others},
    Row{ER_DUP_ENTRY, ErrorKind::unavailable, others},  // a race; the repeat finds the row there
    Row{ER_TABLE_EXISTS_ERROR, ErrorKind::unavailable, others},
    Row{ER_NEED_REPREPARE, ErrorKind::unavailable, ""},
    Row{ER_LOCK_TABLE_FULL, ErrorKind::unavailable, ""},
    Row{ER_QUERY_INTERRUPTED, ErrorKind::unavailable, ""},
    Row{ER_STATEMENT_TIMEOUT, ErrorKind::unavailable, ""},
    Row{mysql_statement_timeout, ErrorKind::unavailable, ""},
    Row{ER_ERROR_DURING_COMMIT, ErrorKind::unavailable, "", true},
    Row{ER_ERROR_DURING_ROLLBACK, ErrorKind::unavailable, "", true},
    // The server, or the way to it, comes and goes.
    Row{ER_CONNECTION_KILLED, ErrorKind::unavailable, "", true},
    Row{mysql_disconnected_by_admin, ErrorKind::unavailable, "", true},
    Row{ER_SERVER_SHUTDOWN, ErrorKind::unavailable, shutting_down, true},
    Row{ER_NORMAL_SHUTDOWN, ErrorKind::unavailable, shutting_down, true},
    Row{ER_GOT_SIGNAL, ErrorKind::unavailable, shutting_down, true},
    Row{ER_SHUTDOWN_COMPLETE, ErrorKind::unavailable, shutting_down, true},
    Row{ER_CON_COUNT_ERROR, ErrorKind::unavailable, crowded, true},
    Row{ER_TOO_MANY_USER_CONNECTIONS, ErrorKind::unavailable, crowded, true},
    Row{ER_USER_LIMIT_REACHED, ErrorKind::unavailable, crowded, true},
    Row{ER_MAX_PREPARED_STMT_COUNT_REACHED, ErrorKind::unavailable, "raise max_prepared_stmt_count",
        true},
    Row{ER_HOST_IS_BLOCKED, ErrorKind::unavailable, "run on the server: FLUSH HOSTS", true},
    Row{ER_UNKNOWN_COM_ERROR, ErrorKind::unavailable, "", true},  // a node that is not ready
    Row{ER_NET_READ_ERROR, ErrorKind::unavailable, "", true},
    Row{ER_NET_READ_INTERRUPTED, ErrorKind::unavailable, "", true},
    Row{ER_NET_ERROR_ON_WRITE, ErrorKind::unavailable, "", true},
    Row{ER_NET_WRITE_INTERRUPTED, ErrorKind::unavailable, "", true},
    Row{ER_NET_PACKET_TOO_LARGE, ErrorKind::invalid, "raise max_allowed_packet", true},
    Row{ER_OPTION_PREVENTS_STATEMENT, ErrorKind::unavailable, read_only, true},
    Row{ER_READ_ONLY_MODE, ErrorKind::unavailable, read_only, true},
    Row{ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, ErrorKind::unavailable, read_only, true},
    // Room, memory, and the file system of the server.
    Row{ER_DISK_FULL, ErrorKind::unavailable, make_room},
    Row{ER_RECORD_FILE_FULL, ErrorKind::unavailable, make_room},
    Row{ER_ERROR_ON_WRITE, ErrorKind::unavailable, make_room},
    Row{ER_GET_ERRNO, ErrorKind::unavailable, "the server's log says more"},
    Row{ER_OUTOFMEMORY, ErrorKind::unavailable, "", true},
    Row{ER_OUT_OF_SORTMEMORY, ErrorKind::unavailable, ""},
    Row{ER_OUT_OF_RESOURCES, ErrorKind::unavailable, "", true},
    // A person has to change something.
    Row{ER_ACCESS_DENIED_ERROR, ErrorKind::invalid, log_in, true},
    Row{ER_ACCESS_DENIED_NO_PASSWORD_ERROR, ErrorKind::invalid, log_in, true},
    Row{ER_HOST_NOT_PRIVILEGED, ErrorKind::invalid, log_in, true},
    Row{ER_NOT_SUPPORTED_AUTH_MODE, ErrorKind::invalid, log_in, true},
    Row{ER_DBACCESS_DENIED_ERROR, ErrorKind::invalid, grant},
    Row{ER_TABLEACCESS_DENIED_ERROR, ErrorKind::invalid, grant},
    Row{ER_COLUMNACCESS_DENIED_ERROR, ErrorKind::invalid, grant},
    Row{ER_SPECIFIC_ACCESS_DENIED_ERROR, ErrorKind::invalid, grant},
    Row{ER_PROCACCESS_DENIED_ERROR, ErrorKind::invalid, grant},
    Row{ER_BAD_DB_ERROR, ErrorKind::invalid, "make it with CREATE DATABASE, or name another"},
    Row{ER_WARN_DATA_OUT_OF_RANGE, ErrorKind::invalid, ""},
    Row{ER_DATA_OUT_OF_RANGE, ErrorKind::invalid, ""},
    Row{ER_DATA_TOO_LONG, ErrorKind::invalid, "make the column wider"},
    Row{ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, ErrorKind::invalid, ""},
    // Not as weir made it.
    Row{ER_NO_SUCH_TABLE, ErrorKind::corrupt, altered},
    Row{ER_BAD_FIELD_ERROR, ErrorKind::corrupt, altered},
    Row{ER_NO_SUCH_TABLE_IN_ENGINE, ErrorKind::corrupt, altered},
    Row{ER_NOT_FORM_FILE, ErrorKind::corrupt, repair},
    Row{ER_NOT_KEYFILE, ErrorKind::corrupt, repair},
    Row{ER_CRASHED_ON_USAGE, ErrorKind::corrupt, repair},
    Row{ER_INDEX_CORRUPT, ErrorKind::corrupt, repair},
    Row{ER_TABLE_CORRUPT, ErrorKind::corrupt, repair},
    // The library's own.
    Row{CR_AUTH_PLUGIN_CANNOT_LOAD, ErrorKind::invalid, log_in, true},
    Row{CR_AUTH_PLUGIN_ERR, ErrorKind::invalid, log_in, true},
    Row{CR_PLUGIN_NOT_ALLOWED, ErrorKind::invalid, "ask for ssl=verify in the URL", true},
    Row{CR_NET_PACKET_TOO_LARGE, ErrorKind::invalid, "raise max_allowed_packet", true},
    Row{CR_SSL_CONNECTION_ERROR, ErrorKind::unavailable,
        "check the server's certificate, its name, and ssl_ca in the URL; on a way that nobody "
        "else "
        "can listen on, say ssl=off there",
        true},
};

// What is not named here: of the connection, it may pass; of the server, a person has to look.
Row row_of(unsigned code) {
  const auto* const at =
      std::find_if(rows.begin(), rows.end(), [code](const Row& row) { return row.code == code; });
  if (at != rows.end()) {
    return *at;
  }
  const bool is_library = (code >= library_errors_begin && code < library_errors_end) ||
                          code >= newer_library_errors_begin;
  return {code, is_library ? ErrorKind::unavailable : ErrorKind::invalid, "", is_library};
}

}  // namespace

Error mariadb_error(const std::string& place, const MariadbFailure& failure) {
  const Row row = row_of(failure.code);
  Error error{row.kind,
              "mariadb: " + place + ": " + escaped(failure.words, 1000) + " (" +
                  std::to_string(failure.code) + ")",
              row.remedy == make_room ? ENOSPC : 0};
  if (!row.remedy.empty()) {
    error.message += "; " + std::string(row.remedy);
  }
  return error;
}

bool mariadb_connection_is_lost(unsigned code) {
  return row_of(code).is_lost;
}

bool is_mariadb_range_error(unsigned code) {
  return code == ER_WARN_DATA_OUT_OF_RANGE || code == ER_DATA_OUT_OF_RANGE ||
         code == ER_DATA_TOO_LONG || code == ER_TRUNCATED_WRONG_VALUE_FOR_FIELD;
}

bool is_mariadb_missing_table(unsigned code) {
  return code == ER_NO_SUCH_TABLE;
}

}  // namespace weir
