// SPDX-License-Identifier: Apache-2.0
// JSON as it is written out: one document a command, streamed, so that a listing of any length
// costs no memory, and with whole numbers of any size, which a document tree of doubles could not
// hold.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/output.h"
#include "base/int128.h"
#include "base/json_text.h"

namespace weir {

// One thread. Borrows the output. Elements of arrays stand on lines of their own.
class JsonWriter {
 public:
  explicit JsonWriter(Output& output) : output_(output) {}

  void begin_object();
  void end_object();
  void begin_array();
  void end_array();
  JsonWriter& key(std::string_view name);

  // Bytes that are not UTF-8 are shown as escaped() shows them.
  void text(std::string_view bytes);
  // An amount: a number where it fits 64 bits with sign, else its digits as text; always exact.
  void whole(Int128 number);
  void fraction(double number);  // finite
  void truth(bool value);
  void null();
  void literal(std::string_view json);  // a value that is JSON already

  void field(std::string_view name, std::string_view value) { key(name).text(value); }
  void field(std::string_view name, Int128 value) { key(name).whole(value); }
  void done();  // ends the document

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();
  void raw(std::string_view bytes);

  struct Level {
    bool array = false;
    bool empty = true;
  };
  Output& output_;
  std::vector<Level> levels_;
  bool after_key_ = false;
};

}  // namespace weir
