// SPDX-License-Identifier: Apache-2.0
// A text as JSON writes it. Documents are app/json.h; lines that are read are base/flat_json.h.
#pragma once

#include <string>
#include <string_view>

namespace weir {

// The text between quotation marks, quoted: printable characters as they are, others as \uXXXX, so
// that the line steers no terminal, either. Bytes that are not UTF-8 are shown as escaped() shows
// them. A TOML text, too.
std::string json_text(std::string_view bytes);

}  // namespace weir
