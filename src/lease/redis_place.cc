// SPDX-License-Identifier: Apache-2.0
#include "lease/redis_place.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/text.h"

namespace weir {
namespace {

constexpr std::size_t token_digits = 32;
constexpr int port_max = 65535;
constexpr int database_max = 1'000'000;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

std::string encoded(std::string_view part) {
  std::string text;
  for (const char c : part) {
    if (is_plain(c)) {
      text += c;
    } else {
      fmt::format_to(std::back_inserter(text), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

std::optional<int> number_from(std::string_view text, int base, int max) {
  int number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number, base);
  if (text.empty() || text.front() == '-' || read.ec != std::errc() || read.ptr != end ||
      number > max) {
    return std::nullopt;
  }
  return number;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string part;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      part += text[i];
      continue;
    }
    const auto byte = number_from(text.substr(i + 1, 2), 16, 255);
    if (!byte || i + 2 >= text.size()) {
      return std::nullopt;
    }
    part += static_cast<char>(*byte);
    i += 2;
  }
  return part;
}

Error wrong_url(const std::string& what) {
  return {.kind = ErrorKind::invalid,
          .message = what + "; a lease is redis://[[user]:password@]host[:port][/database]"};
}

struct Halves {
  std::string_view before;
  std::optional<std::string_view> after;  // nothing: there was no separator
};

Halves halves(std::string_view text, char separator) {
  const auto at = text.find(separator);
  if (at == std::string_view::npos) {
    return {.before = text, .after = std::nullopt};
  }
  return {.before = text.substr(0, at), .after = text.substr(at + 1)};
}

Result<RedisPlace> with_login(RedisPlace place, std::string_view login) {
  const Halves parts = halves(login, ':');
  const auto user = decoded(parts.before);
  const auto password = decoded(parts.after.value_or(""));
  if (!user || !password || password->empty()) {
    return wrong_url("the URL's user or password is not written as in URLs, or empty");
  }
  place.user = *user;
  place.password = *password;
  return place;
}

Result<RedisPlace> with_host(RedisPlace place, std::string_view text) {
  std::optional<std::string_view> port;
  if (text.starts_with('[')) {  // an address of IPv6
    const Halves parts = halves(text.substr(1), ']');
    if (!parts.after || !(parts.after->empty() || parts.after->front() == ':')) {
      return wrong_url("the URL's host has no ']'");
    }
    place.host = parts.before;
    port = halves(*parts.after, ':').after;
  } else {
    const Halves parts = halves(text, ':');
    place.host = parts.before;
    port = parts.after;
  }
  if (place.host.empty()) {
    return wrong_url("the URL has no host");
  }
  if (port) {
    const auto number = number_from(*port, 10, port_max);
    if (!number || *number == 0) {
      return wrong_url("the URL's port is no port");
    }
    place.port = *number;
  }
  return place;
}

}  // namespace

std::string RedisPlace::shown() const {
  const bool is_address = host.find(':') != std::string::npos;
  return is_address ? fmt::format("redis [{}]:{}", host, port)
                    : fmt::format("redis {}:{}", escaped(host), port);
}

Result<RedisPlace> redis_place(std::string_view url) {
  constexpr std::string_view scheme = "redis://";
  if (url.starts_with("rediss://")) {
    return wrong_url("rediss:// would be TLS, which the Redis client of this version has not");
  }
  if (!url.starts_with(scheme)) {
    return wrong_url("the URL does not begin with redis://");
  }
  std::string_view rest = url.substr(scheme.size());
  const auto slash =
      rest.find('/', rest.rfind('@') == std::string_view::npos ? 0 : rest.rfind('@'));
  const std::string_view database = slash < rest.size() ? rest.substr(slash + 1) : "";
  rest = rest.substr(0, slash);
  RedisPlace place;
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    TRY_ASSIGN(place, with_login(place, rest.substr(0, at)));
    rest = rest.substr(at + 1);
  }
  TRY_ASSIGN(place, with_host(place, rest));
  if (!database.empty()) {
    const auto number = number_from(database, 10, database_max);
    if (!number) {
      return wrong_url("the URL's database is no number");
    }
    place.database = *number;
  }
  return place;
}

RedisKeys::RedisKeys(std::string_view prefix, std::string_view flow)
    : start_(encoded(prefix) + ":" + encoded(flow) + ":") {}

std::string RedisKeys::key(const LeaseName& name) const {
  return start_ + encoded(name.kind) + ":" + encoded(name.name);
}

std::optional<LeaseName> RedisKeys::name(std::string_view key) const {
  if (!key.starts_with(start_)) {
    return std::nullopt;
  }
  const Halves parts = halves(key.substr(start_.size()), ':');
  const auto kind = decoded(parts.before);
  const auto name = decoded(parts.after.value_or("%"));
  if (!kind || !name) {
    return std::nullopt;
  }
  return LeaseName{.kind = *kind, .name = *name};
}

std::string redis_value(const LeaseHolder& holder) {
  return std::string(redis_value_mark) + holder.token + " " +
         holder.worker.substr(0, redis_worker_bytes_max);
}

std::optional<std::string> worker_of_redis_value(std::string_view value) {
  if (!value.starts_with(redis_value_mark)) {
    return std::nullopt;
  }
  const Halves parts = halves(value.substr(redis_value_mark.size()), ' ');
  if (parts.before.size() != token_digits || !parts.after) {
    return std::nullopt;
  }
  return std::string(*parts.after);
}

}  // namespace weir
