// SPDX-License-Identifier: Apache-2.0
// Statements are sent and answered without blocking calls of the library, so that a server that
// stays silent (a network that swallows packets, a machine that hangs) is given up after
// reply_wait. Nothing is cancelled: what became of a COMMIT is found out by repeating it.
#include "store/postgres_connection.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include "base/check.h"
#include "base/host.h"
#include "base/text.h"
#include "store/postgres_error.h"
#include "store/postgres_parts.h"

namespace weir {
namespace {

constexpr int bytea_type = 17;
constexpr std::size_t prepared_max = 256;
constexpr std::int64_t nanoseconds_per_ms = 1'000'000;
constexpr int oldest_server = 150000;  // MERGE

}  // namespace

// ---- result

void PostgresResult::Clear::operator()(pg_result* result) const {
  PQclear(result);
}

int PostgresResult::rows() const {
  return PQntuples(result_.get());
}

bool PostgresResult::is_null(int row, int column) const {
  return PQgetisnull(result_.get(), row, column) != 0;
}

std::string_view PostgresResult::bytes(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

bool PostgresResult::is_bytea(int column) const {
  return PQftype(result_.get(), column) == bytea_type;
}

std::int64_t PostgresResult::rows_changed() const {
  const std::string_view text = PQcmdTuples(result_.get());
  std::int64_t rows = 0;
  std::from_chars(text.data(), text.data() + text.size(), rows);
  return rows;
}

// ---- connection

PostgresConnection::PostgresConnection(pg_conn* connection, const Options& options)
    : options_(options), connection_(connection) {}

PostgresConnection::~PostgresConnection() {
  PQfinish(connection_);
}

const SqlEngine& PostgresConnection::engine() const {
  return postgres_engine();
}

namespace {

// What the URL says goes before these: see PQconnectdbParams. A peer that is gone is noticed within
// 20 seconds, though nothing is sent.
constexpr std::array<std::pair<const char*, const char*>, 6> connect_defaults = {{
    {"keepalives_idle", "10"},
    {"keepalives_interval", "5"},
    {"keepalives_count", "2"},
    {"tcp_user_timeout", "30000"},
    {"fallback_application_name", "weir"},
    {"client_encoding", "UTF8"},
}};

// Of the system, as Debian has them.
constexpr const char* authorities = "/etc/ssl/certs/ca-certificates.crt";

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

// Whether the URL leaves open how far the server is to be trusted, and the way to it leaves this
// machine. One that cannot be read is the library's affair.
bool needs_verifying(const std::string& url) {
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(
      PQconninfoParse(url.c_str(), nullptr));
  std::string_view hosts;
  for (const PQconninfoOption* at = options.get(); at != nullptr && at->keyword != nullptr; ++at) {
    const std::string_view name = at->keyword;
    const std::string_view value = at->val == nullptr ? "" : at->val;
    if (name == "sslmode" && !value.empty()) {
      return false;
    }
    hosts = name == "host" || (name == "hostaddr" && hosts.empty()) ? value : hosts;
  }
  while (!hosts.empty()) {
    const std::string_view host = hosts.substr(0, hosts.find(','));
    const bool is_socket = host.empty() || host.starts_with('/') || host.starts_with('@');
    if (!is_socket && !is_this_machine(host)) {
      return true;
    }
    hosts.remove_prefix(std::min(hosts.size(), host.size() + 1));
  }
  return false;
}

// To each host; the library takes one second for two.
std::string connect_seconds(Nanoseconds reply_wait) {
  constexpr Nanoseconds second = 1000 * nanoseconds_per_ms;
  return std::to_string(std::clamp<std::int64_t>(reply_wait / second, 2, 10));
}

// A replica acknowledged nothing, though the commit should have waited for it.
bool says_not_replicated(const pg_result* notice) {
  const char* const words = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
  return words != nullptr &&
         std::string_view(words).find("synchronous replication") != std::string_view::npos;
}

void note(void* weakly_committed, const pg_result* notice) {
  if (says_not_replicated(notice)) {
    *static_cast<bool*>(weakly_committed) = true;
  }
}

}  // namespace

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(const Options& options) {
  std::vector<const char*> names;
  std::vector<const char*> values;
  for (const auto& [name, value] : connect_defaults) {
    names.push_back(name);
    values.push_back(value);
  }
  const std::string connect_wait = connect_seconds(options.reply_wait);
  if (needs_verifying(options.url)) {
    names.push_back("sslmode");
    values.push_back("verify-full");
    names.push_back("sslrootcert");
    values.push_back(authorities);
  }
  names.push_back("connect_timeout");
  values.push_back(connect_wait.c_str());
  names.push_back("target_session_attrs");
  values.push_back(options.writes ? "read-write" : "any");
  names.push_back("dbname");
  values.push_back(options.url.c_str());
  names.push_back(nullptr);
  values.push_back(nullptr);
  pg_conn* const connection = PQconnectdbParams(names.data(), values.data(), 1);
  CHECK(connection != nullptr);  // only where there is no memory for the handle itself
  std::unique_ptr<PostgresConnection> opened(new PostgresConnection(connection, options));
  if (PQstatus(connection) != CONNECTION_OK) {
    return postgres_connect_error(options.place, PQerrorMessage(connection));
  }
  TRY(opened->set_up());
  return opened;
}

Result<void> PostgresConnection::set_up() {
  PQsetNoticeReceiver(connection_, note, &weakly_committed_);
  CHECK(PQsetnonblocking(connection_, 1) == 0);
  if (PQserverVersion(connection_) < oldest_server) {
    return Error{ErrorKind::invalid, options_.place + " is PostgreSQL " +
                                         std::to_string(PQserverVersion(connection_) / 10000) +
                                         "; weir needs 15 or newer"};
  }
  TRY(execute("SET client_min_messages = warning"));
  TRY(execute("SET bytea_output = hex"));
  TRY(execute("SET lock_timeout = " + std::to_string(options_.lock_wait / nanoseconds_per_ms)));
  if (!options_.writes) {
    return {};
  }
  TRY(bound_transactions());
  TRY(check_durability());
  return barrier();  // what we find may be what an attempt of ours left that nobody waited for
}

// A process that is frozen keeps its connection, and with it the rows and the turn that it has
// locked. So the server ends what we would not wait for ourselves, and others go on.
Result<void> PostgresConnection::bound_transactions() {
  const auto in_ms = [](Nanoseconds wait) { return std::to_string(wait / nanoseconds_per_ms); };
  TRY(execute("SET idle_in_transaction_session_timeout = " + in_ms(options_.idle_wait)));
  return execute("SET statement_timeout = " + in_ms(options_.reply_wait));
}

Result<void> PostgresConnection::check_durability() {
  TRY_ASSIGN(const std::string commit, text_of("SHOW synchronous_commit"));
  if (commit == "off" || commit == "local") {
    return Error{ErrorKind::invalid,
                 options_.place +
                     " acknowledges commits before they are safe (synchronous_commit "
                     "is " +
                     escaped(commit) +
                     "): ALTER ROLE … SET synchronous_commit = on, or add "
                     "?options=-csynchronous_commit%3Don to store.url"};
  }
  return {};
}

Nanoseconds PostgresConnection::deadline() const {
  return options_.clock->monotonic() + options_.reply_wait;
}

Error PostgresConnection::lost(std::string_view why) {
  failed_ = true;
  sqlstate_.clear();
  return postgres_error(options_.place, {.words = why});
}

Error PostgresConnection::error_of(const pg_result* result) {
  const auto field = [result](int which) {
    const char* const text = PQresultErrorField(result, which);
    return std::string_view(text == nullptr ? "" : text);
  };
  sqlstate_ = field(PG_DIAG_SQLSTATE);
  failed_ = failed_ || postgres_connection_is_lost(sqlstate_);
  const std::string_view words = field(PG_DIAG_MESSAGE_PRIMARY);
  return postgres_error(options_.place,
                        {.sqlstate = sqlstate_,
                         .words = words.empty() ? PQerrorMessage(connection_) : words,
                         .detail = field(PG_DIAG_MESSAGE_DETAIL)});
}

Result<void> PostgresConnection::wait_for(short events, Nanoseconds deadline) {
  for (;;) {
    const Nanoseconds left = deadline - options_.clock->monotonic();
    if (left <= 0) {
      return lost("no answer within " +
                  std::to_string(options_.reply_wait / (1000 * nanoseconds_per_ms)) + " s");
    }
    pollfd waiting{.fd = PQsocket(connection_), .events = events, .revents = 0};
    const auto wait_ms = std::min<std::int64_t>(left / nanoseconds_per_ms + 1, 60'000);
    const int ready = poll(&waiting, 1, static_cast<int>(wait_ms));
    if (ready > 0) {
      return {};
    }
    if (ready < 0 && errno != EINTR) {
      return lost("poll failed");
    }
  }
}

Result<void> PostgresConnection::flush(Nanoseconds deadline) {
  for (;;) {
    const int left = PQflush(connection_);
    if (left == 0) {
      return {};
    }
    if (left < 0) {
      return lost(PQerrorMessage(connection_));
    }
    TRY(wait_for(POLLOUT | POLLIN, deadline));
    if (PQconsumeInput(connection_) == 0) {
      return lost(PQerrorMessage(connection_));
    }
  }
}

// Nothing: there is no further one.
Result<pg_result*> PostgresConnection::next_result(Nanoseconds deadline) {
  TRY(flush(deadline));
  while (PQisBusy(connection_) != 0) {
    TRY(wait_for(POLLIN, deadline));
    if (PQconsumeInput(connection_) == 0) {
      return lost(PQerrorMessage(connection_));
    }
  }
  return PQgetResult(connection_);
}

// Of one statement: the last of its results, or its first error.
Result<PostgresResult> PostgresConnection::answer() {
  const Nanoseconds until = deadline();
  std::optional<Error> error;
  PostgresResult last;
  for (;;) {
    TRY_ASSIGN(pg_result* const result, next_result(until));
    if (result == nullptr) {
      break;
    }
    PostgresResult owned(result);
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
      error = error ? *error : error_of(result);
    }
    last = std::move(owned);
    if (status == PGRES_COPY_IN) {
      return last;  // the bytes are asked for
    }
  }
  if (error) {
    failed_ = failed_ || PQstatus(connection_) != CONNECTION_OK;
    return *std::move(error);
  }
  sqlstate_.clear();
  rows_changed_ = last.rows_changed();
  return last;
}

Result<std::string> PostgresConnection::statement_name(const std::string& sql) {
  const auto kept = prepared_.find(sql);
  if (kept != prepared_.end()) {
    return kept->second;
  }
  if (prepared_.size() >= prepared_max) {
    return std::string();
  }
  const std::string name = "weir_" + std::to_string(prepared_.size());
  if (PQsendPrepare(connection_, name.c_str(), sql.c_str(), 0, nullptr) == 0) {
    return lost(PQerrorMessage(connection_));
  }
  TRY(answer());
  prepared_.emplace(sql, name);
  return name;
}

Result<PostgresResult> PostgresConnection::ask(const std::string& sql,
                                               std::span<const PostgresParameter> parameters,
                                               Plan plan) {
  if (failed_) {
    return lost("the connection was lost");
  }
  std::string name;
  if (plan == Plan::kept) {
    TRY_ASSIGN(name, statement_name(sql));
  }
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
  for (const PostgresParameter& parameter : parameters) {
    values.push_back(parameter.bytes.data());
    lengths.push_back(static_cast<int>(parameter.bytes.size()));
    formats.push_back(parameter.binary ? 1 : 0);
  }
  const auto count = static_cast<int>(values.size());
  const int sent = name.empty()
                       ? PQsendQueryParams(connection_, sql.c_str(), count, nullptr, values.data(),
                                           lengths.data(), formats.data(), 0)
                       : PQsendQueryPrepared(connection_, name.c_str(), count, values.data(),
                                             lengths.data(), formats.data(), 0);
  if (sent == 0) {
    return lost(PQerrorMessage(connection_));
  }
  return answer();
}

Result<void> PostgresConnection::begin_copy(const std::string& sql) {
  CHECK(!copies_);
  TRY(ask(sql, {}, Plan::once));
  copies_ = true;
  return {};
}

Result<void> PostgresConnection::put_copy(std::string_view bytes) {
  CHECK(copies_);
  constexpr std::size_t bytes_per_put = 1 << 20;
  const Nanoseconds until = deadline();
  for (std::size_t at = 0; at < bytes.size(); at += bytes_per_put) {
    const std::string_view part = bytes.substr(at, bytes_per_put);
    if (PQputCopyData(connection_, part.data(), static_cast<int>(part.size())) != 1) {
      return lost(PQerrorMessage(connection_));
    }
    TRY(flush(until));
  }
  return {};
}

Result<void> PostgresConnection::end_copy() {
  CHECK(std::exchange(copies_, false));
  if (PQputCopyEnd(connection_, nullptr) != 1) {
    return lost(PQerrorMessage(connection_));
  }
  TRY(answer());
  return {};
}

Result<SqlStatement> PostgresConnection::prepare(std::string_view sql, SqlRows rows) {
  return SqlStatement(postgres_statement(*this, sql, rows));
}

Result<void> PostgresConnection::execute(std::string_view sql) {
  TRY(ask(std::string(sql), {}, Plan::once));
  return {};
}

Result<std::optional<std::int64_t>> PostgresConnection::insert(std::string_view sql,
                                                               std::string_view number_column,
                                                               SqlValues values) {
  const std::string returning = std::string(sql) + " RETURNING " + std::string(number_column);
  const auto row = postgres_statement(*this, returning, SqlRows::few);
  TRY_ASSIGN(const bool inserted, row->find(values));
  return inserted ? std::optional(row->integer(0)) : std::optional<std::int64_t>();
}

// ---- transactions

// Corrections wait for every commit under way, and commits for them: by a lock that the database
// hands out in the order of asking, and takes back with the transaction, however that ends.
Result<void> PostgresConnection::begin(Kind kind) {
  if (kind == Kind::read) {
    return execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  }
  if (!options_.writes) {
    return Error{ErrorKind::invalid, options_.place + " is opened for reading only"};
  }
  TRY(execute("BEGIN ISOLATION LEVEL READ COMMITTED"));
  const std::string shared = kind == Kind::write ? "_shared" : "";
  return execute("SELECT pg_advisory_xact_lock" + shared +
                 "(1466263922, hashtext(current_schema()))");  // "Weir"
}

// Behind COMMIT of a transaction that failed the server says ROLLBACK, which is no error to it.
Result<void> PostgresConnection::commit() {
  weakly_committed_ = false;
  const bool broken = PQtransactionStatus(connection_) != PQTRANS_INTRANS;
  TRY(execute("COMMIT"));
  if (broken) {
    return Error{ErrorKind::unavailable, options_.place + ": the transaction was rolled back"};
  }
  return weakly_committed_ ? barrier() : Result<void>();
}

// A commit of its own, behind all others: a replica that has it has them, too. One that changes
// nothing would not be waited for: it writes a message into the log, which nobody reads.
Result<void> PostgresConnection::barrier() {
  weakly_committed_ = false;
  TRY(execute("BEGIN ISOLATION LEVEL READ COMMITTED"));
  TRY(execute("SELECT pg_logical_emit_message(true, 'weir', '')"));
  TRY(execute("COMMIT"));
  return weakly_committed_ ? lost("a commit was not waited for until a replica had it")
                           : Result<void>();
}

void PostgresConnection::roll_back() {
  if (std::exchange(copies_, false) && !failed_ &&
      (PQputCopyEnd(connection_, "given up") != 1 || answer())) {
    failed_ = true;  // the server had to refuse what is not whole
  }
  if (failed_ || PQtransactionStatus(connection_) == PQTRANS_IDLE) {
    return;
  }
  if (!execute("ROLLBACK")) {
    failed_ = true;
  }
  sqlstate_.clear();
}

}  // namespace weir
