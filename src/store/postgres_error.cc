// SPDX-License-Identifier: Apache-2.0
// Codes: PostgreSQL 15, appendix A. A class is the first two characters.
#include "store/postgres_error.h"

#include <array>

#include "base/text.h"

namespace weir {
namespace {

struct Meaning {
  std::string_view begins;  // of the code; the first that fits counts
  ErrorKind kind;
  std::string_view remedy = {};
};

constexpr std::array meanings = {
    // Another try, soon.
    Meaning{"40", ErrorKind::unavailable},     // serialization failure, deadlock
    Meaning{"55P03", ErrorKind::unavailable},  // a lock was waited for too long
    Meaning{"57014", ErrorKind::unavailable},  // a statement timeout, or somebody cancelled it
    Meaning{"23505", ErrorKind::unavailable},  // the same row twice: somebody was there first
    Meaning{"XX001", ErrorKind::corrupt, "restore the database from a backup"},
    Meaning{"XX002", ErrorKind::corrupt, "rebuild the index (REINDEX), or restore a backup"},
    // Another try when the server is there, has room, or has a primary again.
    Meaning{"08", ErrorKind::unavailable},
    Meaning{"57P", ErrorKind::unavailable},
    Meaning{"25P03", ErrorKind::unavailable},  // a transaction was left open for too long
    Meaning{"25006", ErrorKind::unavailable, "it is a replica now: name the primary's host, too"},
    Meaning{"53100", ErrorKind::unavailable, "make room on its disk"},
    Meaning{"53300", ErrorKind::unavailable, "raise its max_connections, or close some"},
    Meaning{"53", ErrorKind::unavailable},
    Meaning{"58", ErrorKind::unavailable},
    Meaning{"XX", ErrorKind::unavailable},
    // A person has to do something.
    Meaning{"28", ErrorKind::invalid, "check user, password and pg_hba.conf"},
    Meaning{"3D000", ErrorKind::invalid, "make the database (createdb), or name another"},
    Meaning{"3F000", ErrorKind::invalid, "make the schema, or set search_path in the URL"},
    Meaning{"42501", ErrorKind::invalid, "GRANT it to the user of the URL"},
    Meaning{"22", ErrorKind::invalid},
    Meaning{"23", ErrorKind::invalid, "a constraint of the table stands against it"},
    Meaning{"44", ErrorKind::invalid},
    Meaning{"0A", ErrorKind::invalid},
    // Tables that somebody changed.
    Meaning{"42", ErrorKind::corrupt, "somebody changed weir's tables: restore them"},
};

Meaning meaning_of(std::string_view sqlstate) {
  if (sqlstate.empty()) {
    return {"", ErrorKind::unavailable};
  }
  for (const Meaning& meaning : meanings) {
    if (sqlstate.starts_with(meaning.begins)) {
      return meaning;
    }
  }
  return {"", ErrorKind::corrupt, "this is not expected"};
}

// libpq ends its messages with a newline, and breaks some of them into lines.
std::string one_line(std::string_view words) {
  std::string line;
  for (const char byte : words) {
    if (byte != '\n') {
      line.push_back(byte == '\t' ? ' ' : byte);
    } else if (!line.empty() && line.back() != ' ') {
      line.push_back(' ');
    }
  }
  while (!line.empty() && line.back() == ' ') {
    line.pop_back();
  }
  return escaped(line, 600);
}

}  // namespace

Error postgres_error(const std::string& place, const PostgresFailure& failure) {
  const Meaning meaning = meaning_of(failure.sqlstate);
  Error error{meaning.kind, place + ": " + one_line(failure.words)};
  if (!failure.detail.empty()) {
    error.message += " (" + one_line(failure.detail) + ")";
  }
  if (!meaning.remedy.empty()) {
    error.message += "; " + std::string(meaning.remedy);
  }
  return error;
}

bool postgres_connection_is_lost(std::string_view sqlstate) {
  return sqlstate.empty() || sqlstate.starts_with("08") || sqlstate.starts_with("57P") ||
         sqlstate == "25006" || sqlstate == "25P03" || sqlstate == "53300" ||
         sqlstate.starts_with("XX");
}

}  // namespace weir
