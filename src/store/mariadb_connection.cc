// SPDX-License-Identifier: Apache-2.0
#include "store/mariadb_connection.h"

#include <mysql.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "store/mariadb_error.h"

namespace weir {
namespace {

constexpr std::size_t idle_statements_max = 64;
constexpr Nanoseconds nanoseconds_per_second = 1'000'000'000;
// Ways to log in that do not tell the server the password: whoever stands in its place without TLS
// must not learn it.
constexpr const char* discreet_logins =
    "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password";

unsigned seconds_of(Nanoseconds wait) {
  const Nanoseconds whole = (wait + nanoseconds_per_second - 1) / nanoseconds_per_second;
  return static_cast<unsigned>(std::max<Nanoseconds>(whole, 1));
}

void set_up(MYSQL* mysql, const MariadbPlace& place, const MariadbWaits& waits) {
  const unsigned connect = seconds_of(waits.connect);
  const unsigned reply = seconds_of(waits.reply);
  const unsigned protocol = place.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
  const unsigned local_files = 0;
  const my_bool yes = 1;
  const my_bool no = 0;
  mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
  mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &reply);
  mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &reply);
  mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);  // else "localhost" would be a socket
  mysql_options(mysql, MYSQL_OPT_RECONNECT, &no);       // it would lose the transaction in silence
  mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &local_files);  // else a server may read our files
  mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  const bool verify = place.tls == MariadbPlace::Tls::verify;
  mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, verify ? &yes : &no);
  if (place.tls != MariadbPlace::Tls::off) {
    mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &yes);
  }
  if (verify) {
    mysql_options(mysql, MYSQL_OPT_SSL_CA, place.authorities.c_str());
  } else {
    mysql_options(mysql, MARIADB_OPT_RESTRICTED_AUTH, discreet_logins);
  }
}

const char* or_null(const std::string& text) {
  return text.empty() ? nullptr : text.c_str();
}

}  // namespace

MariadbConnection::MariadbConnection(st_mysql* mysql, std::string place)
    : mysql_(mysql), place_(std::move(place)) {}

MariadbConnection::~MariadbConnection() {
  idle_.clear();
  mysql_close(mysql_);
}

Result<std::unique_ptr<MariadbConnection>> MariadbConnection::open(const MariadbPlace& place,
                                                                   const MariadbHost& host,
                                                                   const MariadbWaits& waits) {
  MYSQL* const mysql = mysql_init(nullptr);
  CHECK(mysql != nullptr);  // only where there is no memory for the handle itself
  std::unique_ptr<MariadbConnection> connection(new MariadbConnection(mysql, place.shown_at(host)));
  set_up(mysql, place, waits);
  constexpr unsigned long no_flags = 0;  // one statement at a time, and rows that really changed
  if (mysql_real_connect(mysql, place.socket.empty() ? host.name.c_str() : nullptr,
                         place.user.c_str(), or_null(place.password), or_null(place.database),
                         host.port, or_null(place.socket), no_flags) == nullptr) {
    return connection->error(mysql_errno(mysql), mysql_error(mysql));
  }
  if (place.tls != MariadbPlace::Tls::off && mysql_get_ssl_cipher(mysql) == nullptr) {
    return Error{ErrorKind::invalid,
                 "mariadb: " + connection->place_ +
                     ": the server does not speak TLS; on a way that nobody else can "
                     "listen on, say ssl=off in the URL"};
  }
  return connection;
}

Error MariadbConnection::error(unsigned code, std::string words) {
  failed_ = failed_ || mariadb_connection_is_lost(code);
  last_error_ = code;
  erred_ = true;
  // What did not fit was undone, and what was there before may be read. After all else nothing is
  // known of the transaction: a deadlock ended it, and what follows would be committed at once.
  ended_ = ended_ || !is_mariadb_range_error(code);
  return mariadb_error(place_, {.code = code, .words = std::move(words)});
}

bool MariadbConnection::last_error_is_missing_table() const {
  return is_mariadb_missing_table(last_error_);
}

Result<void> MariadbConnection::ready() {
  const std::string begin = "mariadb: " + place_ + ": ";
  if (failed_) {
    return Error{ErrorKind::unavailable, begin + "the connection was lost"};
  }
  if (!expected_) {
    return {};
  }
  if (ended_) {
    return Error{ErrorKind::unavailable, begin + "the transaction ended with an error"};
  }
  if ((mysql_->server_status & SERVER_STATUS_IN_TRANS) == 0) {
    failed_ = true;
    return Error{ErrorKind::unavailable, begin + "the server has dropped the transaction"};
  }
  return {};
}

void MariadbConnection::transaction_ended() {
  expected_ = false;
  forgive();
}

Result<void> MariadbConnection::send(std::string_view sql) {
  if (mysql_real_query(mysql_, sql.data(), static_cast<unsigned long>(sql.size())) != 0) {
    return error(mysql_errno(mysql_), mysql_error(mysql_));
  }
  return {};
}

Result<void> MariadbConnection::end(std::string_view sql) {
  TRY(send(sql));
  CHECK(mysql_field_count(mysql_) == 0);  // else its rows would have to be read
  return {};
}

Result<void> MariadbConnection::execute(std::string_view sql) {
  TRY(ready());
  TRY(end(sql));
  rows_changed_ = static_cast<std::int64_t>(mysql_affected_rows(mysql_));
  return {};
}

Result<std::vector<std::vector<std::string>>> MariadbConnection::query(std::string_view sql) {
  TRY(ready());
  TRY(send(sql));
  const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> result(mysql_store_result(mysql_),
                                                                        &mysql_free_result);
  if (!result) {
    return error(mysql_errno(mysql_), mysql_error(mysql_));
  }
  std::vector<std::vector<std::string>> rows;
  const unsigned columns = mysql_num_fields(result.get());
  while (char** const row = mysql_fetch_row(result.get())) {
    const unsigned long* const lengths = mysql_fetch_lengths(result.get());
    std::vector<std::string>& texts = rows.emplace_back();
    for (unsigned i = 0; i < columns; ++i) {
      texts.emplace_back(row[i] == nullptr ? "" : row[i], lengths[i]);
    }
  }
  return rows;
}

bool MariadbConnection::has_cursor() const {
  return (mysql_->server_status & SERVER_STATUS_CURSOR_EXISTS) != 0;
}

void MariadbConnection::note_run(std::int64_t rows_changed, std::int64_t number) {
  rows_changed_ = rows_changed;
  last_number_ = number;
}

Result<std::unique_ptr<MariadbStatement>> MariadbConnection::prepare(std::string_view sql,
                                                                     SqlRows rows) {
  if (const auto kept = idle_.find(MariadbCompiled::key(sql, rows)); kept != idle_.end()) {
    auto compiled = std::move(kept->second);
    idle_.erase(kept);
    return std::make_unique<MariadbStatement>(*this, std::move(compiled));
  }
  TRY(ready());
  TRY_ASSIGN(auto compiled, MariadbCompiled::make(*this, sql, rows));
  return std::make_unique<MariadbStatement>(*this, std::move(compiled));
}

void MariadbConnection::keep(std::unique_ptr<MariadbCompiled> compiled) {
  compiled->close_result();
  if (!failed_ && idle_.size() < idle_statements_max) {
    const std::string& key = compiled->key();
    idle_.emplace(key, std::move(compiled));
  }
}

}  // namespace weir
