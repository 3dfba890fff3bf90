// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <utility>

#include "base/check.h"
#include "store/postgres_parts.h"

namespace weir {
namespace {

constexpr int rows_per_fetch = 1000;

// `?` and `?2` become `$1` and `$2`. No statement of ours has a question mark within quotes.
std::string with_dollars(std::string_view sql) {
  std::string text;
  int last = 0;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] != '?') {
      text.push_back(sql[i]);
      continue;
    }
    std::size_t end = i + 1;
    while (end < sql.size() && sql[end] >= '0' && sql[end] <= '9') {
      ++end;
    }
    const std::string number(sql.substr(i + 1, end - i - 1));
    text += "$" + (number.empty() ? std::to_string(++last) : number);
    i = end - 1;
  }
  return text;
}

int from_hex(char digit) {
  return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

// `\x00ff`, as the server writes a bytea.
std::string bytes_of_hex(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 2; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<char>(from_hex(text[i]) * 16 + from_hex(text[i + 1])));
  }
  return bytes;
}

// The texts of values, and the parameters that borrow them.
class Parameters {
 public:
  explicit Parameters(SqlValues values) : texts_(values.size()) {
    parameters_.reserve(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const SqlValue& value = values[i];
      if (value.kind == SqlValue::Kind::integer || value.kind == SqlValue::Kind::amount) {
        texts_[i] = to_text(value.number);
        parameters_.push_back({.bytes = texts_[i]});
      } else {
        texts_[i] = value.bytes;
        parameters_.push_back({.bytes = texts_[i], .binary = value.kind == SqlValue::Kind::blob});
      }
    }
  }
  std::span<const PostgresParameter> all() const { return parameters_; }

 private:
  std::vector<std::string> texts_;  // each ends with a zero byte, as the library asks
  std::vector<PostgresParameter> parameters_;
};

// Few rows come in one answer. Many are fetched by a cursor, a portion at a time, so that other
// statements may run between.
class PostgresStatement final : public SqlPrepared {
 public:
  PostgresStatement(PostgresConnection& connection, std::string sql, SqlRows rows)
      : connection_(connection), sql_(std::move(sql)), many_(rows == SqlRows::many) {}
  ~PostgresStatement() override { static_cast<void>(close()); }

  Result<void> run(SqlValues values) override {
    const Parameters parameters(values);
    TRY_ASSIGN(result_, connection_.ask(sql_, parameters.all(), PostgresConnection::Plan::kept));
    return {};
  }

  Result<bool> find(SqlValues values) override {
    TRY(close());
    row_ = -1;
    if (!many_) {
      TRY(run(values));
      return step();
    }
    cursor_ = "weir_rows_" + std::to_string(connection_.next_cursor());
    const Parameters parameters(values);
    TRY(connection_.ask("DECLARE " + cursor_ + " NO SCROLL CURSOR FOR " + sql_, parameters.all(),
                        PostgresConnection::Plan::once));
    open_ = true;
    TRY(fetch());
    return step();
  }

  Result<bool> next() override { return step(); }

  std::int64_t integer(int column) const override {
    const std::string_view text = result_.bytes(row_, column);
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }
  Int128 amount(int column) const override {
    const auto amount = int128_from_text(result_.bytes(row_, column));
    CHECK(amount);  // the columns were checked: whole numbers of at most 38 digits
    return *amount;
  }
  std::string_view bytes(int column) const override {
    if (!result_.is_bytea(column)) {
      return result_.bytes(row_, column);
    }
    const auto at = static_cast<std::size_t>(column);
    if (unpacked_.size() <= at) {
      unpacked_.resize(at + 1);
    }
    unpacked_[at] = bytes_of_hex(result_.bytes(row_, column));
    return unpacked_[at];
  }
  bool is_null(int column) const override { return result_.is_null(row_, column); }

 private:
  Result<bool> step() {
    if (++row_ < result_.rows()) {
      return true;
    }
    if (!open_ || result_.rows() < rows_per_fetch) {
      return false;
    }
    TRY(fetch());
    return ++row_ < result_.rows();
  }

  Result<void> fetch() {
    TRY_ASSIGN(result_, connection_.ask(
                            "FETCH FORWARD " + std::to_string(rows_per_fetch) + " FROM " + cursor_,
                            {}, PostgresConnection::Plan::once));
    row_ = -1;
    return {};
  }

  Result<void> close() {
    if (std::exchange(open_, false) && connection_.usable() && connection_.sqlstate().empty()) {
      TRY(connection_.ask("CLOSE " + cursor_, {}, PostgresConnection::Plan::once));
    }
    return {};
  }

  PostgresConnection& connection_;
  const std::string sql_;
  const bool many_;
  PostgresResult result_;
  int row_ = -1;
  std::string cursor_;
  bool open_ = false;
  mutable std::vector<std::string> unpacked_;  // of the row, by column
};

}  // namespace

std::unique_ptr<SqlPrepared> postgres_statement(PostgresConnection& connection,
                                                std::string_view sql, SqlRows rows) {
  return std::make_unique<PostgresStatement>(connection, with_dollars(sql), rows);
}

}  // namespace weir
