// SPDX-License-Identifier: Apache-2.0
#include "app/json.h"

#include <fmt/format.h>

#include "base/check.h"

namespace weir {

void JsonWriter::begin_object() {
  open('{');
}
void JsonWriter::end_object() {
  close('}');
}
void JsonWriter::begin_array() {
  open('[');
}
void JsonWriter::end_array() {
  close(']');
}

void JsonWriter::open(char bracket) {
  separate();
  output_.write({&bracket, 1});
  levels_.push_back({.array = bracket == '['});
}

void JsonWriter::close(char bracket) {
  CHECK(!levels_.empty() && levels_.back().array == (bracket == ']') && !after_key_);
  if (levels_.back().array && !levels_.back().empty) {
    output_.write("\n");
  }
  levels_.pop_back();
  output_.write({&bracket, 1});
}

JsonWriter& JsonWriter::key(std::string_view name) {
  CHECK(!levels_.empty() && !levels_.back().array);
  separate();
  output_.write(json_text(name));
  output_.write(": ");
  after_key_ = true;
  return *this;
}

void JsonWriter::separate() {
  if (after_key_ || levels_.empty()) {
    after_key_ = false;
    return;
  }
  Level& level = levels_.back();
  if (level.array) {
    output_.write(level.empty ? "\n" : ",\n");
  } else if (!level.empty) {
    output_.write(", ");
  }
  level.empty = false;
}

void JsonWriter::raw(std::string_view bytes) {
  CHECK(levels_.empty() || levels_.back().array || after_key_);
  separate();
  output_.write(bytes);
}

void JsonWriter::text(std::string_view bytes) {
  raw(json_text(bytes));
}
void JsonWriter::whole(Int128 number) {
  raw(fits_int64(number) ? to_text(number) : json_text(to_text(number)));
}
void JsonWriter::fraction(double number) {
  raw(fmt::format("{}", number));
}
void JsonWriter::truth(bool value) {
  raw(value ? "true" : "false");
}
void JsonWriter::null() {
  raw("null");
}
void JsonWriter::literal(std::string_view json) {
  raw(json);
}

void JsonWriter::done() {
  CHECK(levels_.empty());
  output_.write("\n");
}

}  // namespace weir
