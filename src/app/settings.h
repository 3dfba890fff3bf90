// SPDX-License-Identifier: Apache-2.0
// Every setting of a flow, in one table: it drives the flow file, --set, the environment, what
// `weir check` prints, and docs/flow-file.md. Where values come from is load_flow.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "model/flow.h"

namespace weir {

enum class SettingType {
  text,
  identifier,  // of a table or a column
  paths,       // files and folders, as file URLs or plain
  folder,
  socket,
  store_url,
  bytes,
  count,
  duration,
  ratio,
  yes_no,
  choice,
  fixed,  // one value is known to this version; others may come
};

// One of several words; the enumerator's number is the word's place among the choices.
struct Choice {
  std::size_t index = 0;
  void (*put)(FlowSettings&, std::size_t index) = nullptr;
};
using Field = std::variant<std::monostate, std::string*, std::vector<std::string>*, std::uint64_t*,
                           Nanoseconds*, int*, double*, bool*, Choice>;

struct Setting {
  std::string_view key;  // "fold.memory"
  SettingType type = SettingType::text;
  Field (*field)(FlowSettings&) = nullptr;  // where it lives; nothing: fixed
  std::string_view help;                    // one line
  std::string_view choices = "";            // "integer|text"
  std::uint64_t least = 0;                  // bytes, count, nanoseconds
  std::uint64_t most = 0;
};

std::span<const Setting> all_settings();             // as they stand in a flow file
const Setting* find_setting(std::string_view key);   // nothing: no such key
std::string environment_name(std::string_view key);  // WEIR__FOLD__MEMORY

// What belongs to later versions, for a clear word; empty: never heard of it.
std::string_view purpose_of_later_key(std::string_view key);

// A value as it was given. `written` says what it was in the flow file; a person at a command line
// writes everything as text.
enum class Written { anyhow, text, whole, fraction, truth, texts, other };
struct GivenValue {
  Written written = Written::anyhow;
  std::vector<std::string> texts = {};  // one, except of a list
  std::string folder = "";              // relative paths are below it; empty: the working folder
};

// Puts the value in. What is wrong with it, and what would be right; empty: nothing.
std::string assign(const Setting& setting, FlowSettings& settings, const GivenValue& value);

// As the flow file has it, with its quotation marks; without secrets.
std::string shown_value(const Setting& setting, const FlowSettings& settings);
std::string default_value(const Setting& setting);
// "64KiB to 1PiB", "integer or text", "any text"; for people.
std::string allowed_values(const Setting& setting);

}  // namespace weir
