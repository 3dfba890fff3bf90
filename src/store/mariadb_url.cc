// SPDX-License-Identifier: Apache-2.0
#include "store/mariadb_url.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/host.h"
#include "base/text.h"

namespace weir {
namespace {

constexpr std::size_t hosts_max = 16;
constexpr std::string_view form =
    "write mariadb://USER@HOST/DATABASE, with :PASSWORD behind USER and :PORT behind HOST where "
    "needed";

Error refused(std::string_view why) {
  return {ErrorKind::invalid,
          "the URL of the store " + std::string(why) + ": " + std::string(form)};
}

// RFC 3986, section 2.1. Nothing: a % without two hexadecimal digits, or a byte 0.
std::optional<std::string> decoded(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = static_cast<unsigned char>(text[i]);
    if (text[i] == '%') {
      const std::string_view digits = text.substr(i + 1, 2);
      const char* const end = digits.data() + digits.size();
      const auto [at, failure] = std::from_chars(digits.data(), end, value, 16);
      if (failure != std::errc() || digits.size() != 2 || at != end) {
        return std::nullopt;
      }
      i += 2;
    }
    if (value == 0) {
      return std::nullopt;
    }
    bytes += static_cast<char>(value);
  }
  return bytes;
}

// What stands before the mark, which goes with it; all where there is none.
std::string_view cut(std::string_view& text, char mark) {
  const std::size_t at = text.find(mark);
  const std::string_view before = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return before;
}

// "host", "host:3307", "[::1]:3306"
Result<MariadbHost> host_from(std::string_view text) {
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
  const bool is_address = bracket != std::string_view::npos;
  const std::size_t colon = text.find(':', is_address ? bracket : 0);
  const std::string_view bare = is_address ? text.substr(1, bracket - 1) : text.substr(0, colon);
  const auto name = decoded(bare);
  const bool goes_on = is_address && colon != bracket + 1 && text.size() > bracket + 1;
  if (!name || name->empty() || goes_on) {
    return refused("names no host");
  }
  MariadbHost host{.name = *name};
  if (colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    const char* const end = digits.data() + digits.size();
    const auto [at, failure] = std::from_chars(digits.data(), end, host.port);
    if (failure != std::errc() || at != end || digits.empty() || host.port == 0) {
      return refused("has a port that is none");
    }
  }
  return host;
}

Result<void> take_user(MariadbPlace& place, std::string_view text) {
  const auto user = decoded(cut(text, ':'));
  const auto password = decoded(text);
  if (!user || user->empty() || !password) {
    return refused("names no user");
  }
  place.user = *user;
  place.password = *password;
  return {};
}

Result<void> take_hosts(MariadbPlace& place, std::string_view text) {
  do {
    TRY_ASSIGN(auto host, host_from(cut(text, ',')));
    place.hosts.push_back(std::move(host));
  } while (!text.empty() && place.hosts.size() <= hosts_max);
  return place.hosts.size() > hosts_max ? refused("names too many hosts") : Result<void>();
}

Result<void> take_tls(MariadbPlace& place, std::string_view value) {
  if (value == "off") {
    place.tls = MariadbPlace::Tls::off;
  } else if (value == "trust") {
    place.tls = MariadbPlace::Tls::trust;
  } else if (value == "verify" || value == "on") {
    place.tls = MariadbPlace::Tls::verify;
  } else {
    return refused("asks for an ssl that is none of verify, trust and off");
  }
  return {};
}

Result<void> take_option(MariadbPlace& place, std::string_view text) {
  const std::string_view name = cut(text, '=');
  const auto value = decoded(text);
  if (!value) {
    return refused("has an option that cannot be read");
  }
  if (name == "ssl") {
    return take_tls(place, *value);
  }
  if (name == "ssl_ca") {
    place.authorities = *value;
    place.tls = MariadbPlace::Tls::verify;
    return {};
  }
  if (name == "socket") {
    place.socket = *value;
    return {};
  }
  return refused("has the option '" + escaped(name, 64) + "', which is none");
}

std::string_view without_scheme(std::string_view url) {
  for (const std::string_view scheme : {"mariadb://", "mysql://"}) {
    if (url.starts_with(scheme)) {
      return url.substr(scheme.size());
    }
  }
  return {};
}

}  // namespace

std::string MariadbPlace::shown() const {
  std::string text;
  for (const MariadbHost& host : hosts) {
    const bool is_address = host.name.find(':') != std::string::npos;
    text += (text.empty() ? "" : ",") + (is_address ? "[" + host.name + "]" : host.name);
    text += host.port == MariadbHost().port ? "" : ":" + std::to_string(host.port);
  }
  return "mariadb://" + escaped(user + "@" + text + "/" + database);
}

std::string MariadbPlace::shown_at(const MariadbHost& at) const {
  MariadbPlace one = *this;
  one.hosts = {at};
  return one.shown();
}

Result<MariadbPlace> mariadb_place(std::string_view url) {
  std::string_view rest = without_scheme(url);
  if (rest.empty()) {
    return refused("does not begin with mariadb:// or mysql://");
  }
  std::string_view authority = cut(rest, '/');
  const std::size_t at = authority.rfind('@');
  if (at == std::string_view::npos) {
    return refused("names no user");
  }
  MariadbPlace place;
  TRY(take_user(place, authority.substr(0, at)));
  TRY(take_hosts(place, authority.substr(at + 1)));
  const auto database = decoded(cut(rest, '?'));
  if (!database || database->find('/') != std::string::npos) {
    return refused("names no database");
  }
  place.database = *database;
  const bool stays_here =
      std::all_of(place.hosts.begin(), place.hosts.end(),
                  [](const MariadbHost& host) { return is_this_machine(host.name); });
  place.tls = stays_here ? MariadbPlace::Tls::off : MariadbPlace::Tls::verify;
  while (!rest.empty()) {
    TRY(take_option(place, cut(rest, '&')));
  }
  return place;
}

}  // namespace weir
