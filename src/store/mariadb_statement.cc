// SPDX-License-Identifier: Apache-2.0
#include "store/mariadb_statement.h"

#include <mysql.h>

#include <charconv>
#include <cstring>
#include <utility>
#include <vector>

#include "base/check.h"
#include "store/mariadb_connection.h"
#include "store/mariadb_sql.h"

namespace weir {
namespace {

constexpr unsigned long rows_per_fetch = 1000;     // of many
constexpr std::size_t column_bytes_at_first = 64;  // grows to the longest value
constexpr unsigned digits_max = 38;                // of a column of sums

// Of a row of the result.
struct Column {
  bool is_number = false;
  std::int64_t number = 0;
  std::string bytes;
  unsigned long length = 0;
  my_bool is_null = 0;
  my_bool is_cut = 0;
};

bool is_integer(enum_field_types type) {
  return type == MYSQL_TYPE_TINY || type == MYSQL_TYPE_SHORT || type == MYSQL_TYPE_INT24 ||
         type == MYSQL_TYPE_LONG || type == MYSQL_TYPE_LONGLONG;
}

// A column of sums that somebody gave another type cannot be read exactly.
bool is_inexact(const MYSQL_FIELD& field) {
  const bool is_decimal = field.type == MYSQL_TYPE_NEWDECIMAL || field.type == MYSQL_TYPE_DECIMAL;
  return field.type == MYSQL_TYPE_FLOAT || field.type == MYSQL_TYPE_DOUBLE ||
         (is_decimal && (field.decimals != 0 || field.length > digits_max + 1));  // with its sign
}

void bind_column(MYSQL_BIND& bind, Column& column) {
  bind = {};
  bind.is_null = &column.is_null;
  bind.error = &column.is_cut;
  bind.length = &column.length;
  if (column.is_number) {
    bind.buffer_type = MYSQL_TYPE_LONGLONG;
    bind.buffer = &column.number;
  } else {
    bind.buffer_type = MYSQL_TYPE_STRING;
    bind.buffer = column.bytes.data();
    bind.buffer_length = static_cast<unsigned long>(column.bytes.size());
  }
}

// The library takes what it only reads as void*, too.
void bind_bytes(MYSQL_BIND& bind, enum_field_types type, std::string_view bytes) {
  bind.buffer_type = type;
  bind.buffer = const_cast<char*>(bytes.data() == nullptr ? "" : bytes.data());
  bind.buffer_length = static_cast<unsigned long>(bytes.size());
}

void bind_array(MYSQL_BIND& bind, const MariadbArray& column, std::size_t rows) {
  bind = {};
  if (column.kind == MariadbArray::Kind::integer) {
    CHECK(column.numbers.size() >= rows);
    bind.buffer_type = MYSQL_TYPE_LONGLONG;
    bind.buffer = const_cast<std::int64_t*>(column.numbers.data());
    return;
  }
  CHECK(column.texts.size() >= rows && column.lengths.size() >= rows);
  bind.buffer_type =
      column.kind == MariadbArray::Kind::text ? MYSQL_TYPE_STRING : MYSQL_TYPE_NEWDECIMAL;
  bind.buffer = column.texts.data();
  bind.length = column.lengths.data();
}

}  // namespace

// ---- what is kept

struct MariadbCompiled::State {
  MYSQL_STMT* statement = nullptr;
  MariadbSql sql;
  SqlRows rows = SqlRows::few;
  std::string key;
  std::vector<MYSQL_BIND> values;
  std::vector<std::int64_t> numbers;
  std::vector<std::string> amounts;
  std::vector<Column> columns;
  std::vector<MYSQL_BIND> results;
  bool has_result = false;
};

MariadbCompiled::MariadbCompiled(std::unique_ptr<State> state) : state_(std::move(state)) {}

MariadbCompiled::~MariadbCompiled() {
  mysql_stmt_close(state_->statement);
}

std::string MariadbCompiled::key(std::string_view sql, SqlRows rows) {
  return (rows == SqlRows::many ? "many " : "few ") + std::string(sql);
}

const std::string& MariadbCompiled::key() const {
  return state_->key;
}

void MariadbCompiled::close_result() {
  if (std::exchange(state_->has_result, false)) {
    mysql_stmt_free_result(state_->statement);
  }
}

Result<std::unique_ptr<MariadbCompiled>> MariadbCompiled::make(MariadbConnection& connection,
                                                               std::string_view sql, SqlRows rows) {
  auto state = std::make_unique<State>();
  state->sql = mariadb_sql(sql);
  state->rows = rows;
  state->key = key(sql, rows);
  state->statement = mysql_stmt_init(connection.mysql_);
  MYSQL_STMT* const statement = state->statement;
  CHECK(statement != nullptr);  // only where there is no memory for the handle itself
  std::unique_ptr<MariadbCompiled> compiled(new MariadbCompiled(std::move(state)));
  const std::string& text = compiled->state_->sql.text;
  if (mysql_stmt_prepare(statement, text.data(), static_cast<unsigned long>(text.size())) != 0) {
    return connection.error(mysql_stmt_errno(statement), mysql_stmt_error(statement));
  }
  CHECK(mysql_stmt_param_count(statement) == compiled->state_->sql.values.size());
  if (rows == SqlRows::many) {
    const unsigned long cursor = CURSOR_TYPE_READ_ONLY;
    mysql_stmt_attr_set(statement, STMT_ATTR_CURSOR_TYPE, &cursor);
    mysql_stmt_attr_set(statement, STMT_ATTR_PREFETCH_ROWS, &rows_per_fetch);
  }
  return compiled;
}

// ---- running

MariadbStatement::MariadbStatement(MariadbConnection& connection,
                                   std::unique_ptr<MariadbCompiled> compiled)
    : connection_(connection), compiled_(std::move(compiled)) {}

MariadbStatement::~MariadbStatement() {
  connection_.keep(std::move(compiled_));
}

Error MariadbStatement::failure() {
  MYSQL_STMT* const statement = compiled_->state_->statement;
  return connection_.error(mysql_stmt_errno(statement), mysql_stmt_error(statement));
}

Result<void> MariadbStatement::start(SqlValues values) {
  MariadbCompiled::State& state = *compiled_->state_;
  CHECK(values.size() == state.sql.values_count);
  const std::size_t count = state.sql.values.size();
  state.values.assign(count, MYSQL_BIND{});
  state.numbers.resize(count);
  state.amounts.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const SqlValue& value = values[state.sql.values[i]];
    MYSQL_BIND& bind = state.values[i];
    switch (value.kind) {
      case SqlValue::Kind::integer:
        state.numbers[i] = value.integer();
        bind.buffer_type = MYSQL_TYPE_LONGLONG;
        bind.buffer = &state.numbers[i];
        break;
      case SqlValue::Kind::text:
        bind_bytes(bind, MYSQL_TYPE_STRING, value.bytes);
        break;
      case SqlValue::Kind::blob:
        bind_bytes(bind, MYSQL_TYPE_BLOB, value.bytes);
        break;
      case SqlValue::Kind::amount:
        state.amounts[i] = to_text(value.number);
        bind_bytes(bind, MYSQL_TYPE_NEWDECIMAL, state.amounts[i]);
        break;
    }
  }
  constexpr unsigned one_row = 0;
  mysql_stmt_attr_set(state.statement, STMT_ATTR_ARRAY_SIZE, &one_row);
  return execute();
}

Result<void> MariadbStatement::execute() {
  TRY(connection_.ready());
  MariadbCompiled::State& state = *compiled_->state_;
  compiled_->close_result();
  if (!state.values.empty() && mysql_stmt_bind_param(state.statement, state.values.data()) != 0) {
    return failure();
  }
  if (mysql_stmt_execute(state.statement) != 0) {
    return failure();
  }
  connection_.note_run(static_cast<std::int64_t>(mysql_stmt_affected_rows(state.statement)),
                       static_cast<std::int64_t>(mysql_stmt_insert_id(state.statement)));
  return mysql_stmt_field_count(state.statement) > 0 ? open_result() : Result<void>();
}

Result<void> MariadbStatement::open_result() {
  MariadbCompiled::State& state = *compiled_->state_;
  state.has_result = true;
  const bool has_cursor = state.rows == SqlRows::many && connection_.has_cursor();
  if (!has_cursor && mysql_stmt_store_result(state.statement) != 0) {
    return failure();
  }
  if (state.columns.size() != mysql_stmt_field_count(state.statement)) {
    TRY(describe_columns());
  }
  return mysql_stmt_bind_result(state.statement, state.results.data()) != 0
             ? Result<void>(failure())
             : Result<void>();
}

Result<void> MariadbStatement::describe_columns() {
  MariadbCompiled::State& state = *compiled_->state_;
  const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> fields(
      mysql_stmt_result_metadata(state.statement), &mysql_free_result);
  if (!fields) {
    return failure();
  }
  const std::size_t count = mysql_num_fields(fields.get());
  state.columns.assign(count, Column());
  state.results.assign(count, MYSQL_BIND{});
  for (std::size_t i = 0; i < count; ++i) {
    const MYSQL_FIELD& field = *mysql_fetch_field_direct(fields.get(), static_cast<unsigned>(i));
    if (is_inexact(field)) {
      return Error{ErrorKind::corrupt, "mariadb: " + connection_.place() + ": the column " +
                                           std::string(field.name) +
                                           " cannot hold exact sums: somebody altered it"};
    }
    state.columns[i].is_number = is_integer(field.type);
    state.columns[i].bytes.resize(column_bytes_at_first);
    bind_column(state.results[i], state.columns[i]);
  }
  return {};
}

Result<void> MariadbStatement::run(SqlValues values) {
  TRY(start(values));
  compiled_->close_result();
  return {};
}

Result<bool> MariadbStatement::find(SqlValues values) {
  TRY(start(values));
  return fetch();
}

Result<bool> MariadbStatement::next() {
  return fetch();
}

Result<void> MariadbStatement::run_rows(std::span<const MariadbArray> columns, std::size_t rows) {
  MariadbCompiled::State& state = *compiled_->state_;
  CHECK(rows > 0 && columns.size() == state.sql.values.size());
  state.values.assign(columns.size(), MYSQL_BIND{});
  for (std::size_t i = 0; i < columns.size(); ++i) {
    bind_array(state.values[i], columns[state.sql.values[i]], rows);
  }
  const auto count = static_cast<unsigned>(rows);
  mysql_stmt_attr_set(state.statement, STMT_ATTR_ARRAY_SIZE, &count);
  return execute();
}

// ---- reading

Result<bool> MariadbStatement::fetch() {
  TRY(connection_.ready());
  MariadbCompiled::State& state = *compiled_->state_;
  CHECK(state.has_result);
  switch (mysql_stmt_fetch(state.statement)) {
    case 0:
      return true;
    case MYSQL_DATA_TRUNCATED:
      TRY(read_rest());
      return true;
    case MYSQL_NO_DATA:
      compiled_->close_result();
      return false;
    default:
      return failure();
  }
}

// Values that were longer than the room they had get more, for good.
Result<void> MariadbStatement::read_rest() {
  MariadbCompiled::State& state = *compiled_->state_;
  for (std::size_t i = 0; i < state.columns.size(); ++i) {
    Column& column = state.columns[i];
    if (column.is_number || column.is_null != 0 || column.length <= column.bytes.size()) {
      continue;
    }
    column.bytes.resize(column.length);
    bind_column(state.results[i], column);
    if (mysql_stmt_fetch_column(state.statement, &state.results[i], static_cast<unsigned>(i), 0) !=
        0) {
      return failure();
    }
  }
  return mysql_stmt_bind_result(state.statement, state.results.data()) != 0
             ? Result<void>(failure())
             : Result<void>();
}

std::string_view MariadbStatement::bytes(int column) const {
  const Column& found = compiled_->state_->columns[static_cast<std::size_t>(column)];
  CHECK(!found.is_number);
  return found.is_null != 0 ? std::string_view()
                            : std::string_view(found.bytes).substr(0, found.length);
}

// A number that stands as text is read, too; what is none is 0.
std::int64_t MariadbStatement::integer(int column) const {
  const Column& found = compiled_->state_->columns[static_cast<std::size_t>(column)];
  if (found.is_number) {
    return found.is_null != 0 ? 0 : found.number;
  }
  const std::string_view text = bytes(column);
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Int128 MariadbStatement::amount(int column) const {
  const Column& found = compiled_->state_->columns[static_cast<std::size_t>(column)];
  if (found.is_number || found.is_null != 0) {
    return integer(column);
  }
  const auto value = int128_from_text(bytes(column));
  CHECK(value);  // a DECIMAL without a fraction, of 38 digits: see is_inexact()
  return *value;
}

bool MariadbStatement::is_null(int column) const {
  return compiled_->state_->columns[static_cast<std::size_t>(column)].is_null != 0;
}

}  // namespace weir
