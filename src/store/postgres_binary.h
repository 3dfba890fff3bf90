// SPDX-License-Identifier: Apache-2.0
// Values as COPY (FORMAT binary) and binary arrays have them: in network byte order, each behind
// its length of four bytes. Format: PostgreSQL 15, "COPY", Binary Format; numeric_send and
// array_send of its source. Private to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/int128.h"

namespace weir {

void append_int16(std::string& out, std::int16_t value);
void append_int32(std::string& out, std::int32_t value);
void append_int64(std::string& out, std::int64_t value);

// With their lengths.
void append_bigint(std::string& out, std::int64_t value);
void append_text(std::string& out, std::string_view bytes);
void append_numeric(std::string& out, Int128 value);

inline constexpr std::int32_t bigint_oid = 20;
inline constexpr std::int32_t text_oid = 25;
inline constexpr std::int32_t numeric_oid = 1700;

// The header of an array of one dimension, without NULLs; its values follow.
void append_array_header(std::string& out, std::int32_t element_oid, std::size_t elements);

// Before and after the rows of a COPY; each row begins with the count of its columns (int16).
void append_copy_header(std::string& out);
void append_copy_trailer(std::string& out);

}  // namespace weir
