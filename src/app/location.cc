// SPDX-License-Identifier: Apache-2.0
#include "app/location.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "app/redact.h"
#include "base/text.h"
#include "io/path.h"

namespace weir {
namespace {

constexpr std::string_view file_scheme = "file://";
constexpr std::string_view store_scheme = "sqlite:";

Error refused(std::string message) {
  return {ErrorKind::invalid, std::move(message)};
}

std::string quoted(std::string_view url) {
  return fmt::format("\"{}\"", escaped(redacted(url), 200));
}

// "%20" is a space (RFC 3986, section 2.1). Nothing: a % without two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = static_cast<unsigned char>(text[i]);
    if (text[i] == '%') {
      const std::string_view digits = text.substr(i + 1, 2);
      const auto [end, failure] =
          std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
      if (failure != std::errc() || digits.size() != 2 || end != digits.data() + 2) {
        return std::nullopt;
      }
      i += 2;
    }
    bytes += static_cast<char>(value);
  }
  return bytes;
}

Result<std::string> checked_path(std::string path, std::string_view url) {
  if (path.empty() || path.find('\0') != std::string::npos) {
    return refused(fmt::format("{} names no path", quoted(url)));
  }
  return path;
}

Result<std::string> path_of_sqlite(std::string_view url) {
  if (!url.starts_with(store_scheme)) {
    const bool foreign = url.find("://") != std::string_view::npos || url.ends_with(':');
    return refused(foreign || url.empty()
                       ? fmt::format("{} is no store of this version: write sqlite: and a path, "
                                     "such as \"sqlite:usage.db\", or "
                                     "postgresql://HOST/DATABASE, or "
                                     "mariadb://USER@HOST/DATABASE",
                                     quoted(url))
                       : fmt::format("{} has no scheme: did you mean \"sqlite:{}\"?", quoted(url),
                                     escaped(redacted(url), 200)));
  }
  std::string_view path = url.substr(store_scheme.size());
  if (path.starts_with("//") && !path.starts_with("///")) {
    return refused(
        fmt::format("{} has two slashes where one or three lead to a path from the "
                    "root, and none to one from here",
                    quoted(url)));
  }
  path.remove_prefix(path.starts_with("///") ? 2 : 0);
  return checked_path(std::string(path), url);
}

}  // namespace

Result<std::string> path_of_source(std::string_view url) {
  if (url.starts_with(file_scheme)) {
    std::string_view rest = url.substr(file_scheme.size());
    rest.remove_prefix(rest.starts_with("localhost/") ? std::string_view("localhost").size() : 0);
    auto path = percent_decoded(rest);
    if (!path || !path->starts_with('/')) {
      return refused(
          fmt::format("{} is no file URL: write three slashes and the path, such as "
                      "\"file:///var/spool/usage\"",
                      quoted(url)));
    }
    return checked_path(*std::move(path), url);
  }
  const bool is_plain = url.starts_with('/') || url.starts_with("./") || url.starts_with("../");
  if (!is_plain && url.find("://") != std::string_view::npos) {
    return refused(
        fmt::format("{}: this version reads files and folders only: write a path, or "
                    "a URL such as \"file:///var/spool/usage\"",
                    quoted(url)));
  }
  return checked_path(std::string(url), url);
}

Result<StoreLocation> location_of_store(std::string_view url) {
  const bool is_postgres = url.starts_with("postgresql://") || url.starts_with("postgres://");
  const bool is_mariadb = url.starts_with("mariadb://") || url.starts_with("mysql://");
  if (has_password(url)) {
    return refused(
        fmt::format("{} holds a password, which whoever may read the command line or "
                    "the flow file could read: take it out ({})",
                    quoted(url),
                    is_postgres  ? "the server's password goes into ~/.pgpass or PGPASSWORD"
                    : is_mariadb ? "the server's password goes into MYSQL_PWD"
                                 : "SQLite needs none"));
  }
  if (is_postgres || is_mariadb) {
    return StoreLocation{.kind = is_postgres ? StoreKind::postgres : StoreKind::mariadb};
  }
  TRY_ASSIGN(std::string path, path_of_sqlite(url));
  return StoreLocation{.path = std::move(path)};
}

std::string source_below(std::string_view folder, std::string_view url) {
  const bool is_url = !url.starts_with('.') && url.find("://") != std::string_view::npos;
  return !is_url && !url.starts_with('/') && !url.empty() ? joined(folder, url) : std::string(url);
}

std::string store_below(std::string_view folder, std::string_view url) {
  const auto location = location_of_store(url);
  const bool relative =
      location && location->kind == StoreKind::sqlite && !location->path.starts_with('/');
  return relative ? std::string(store_scheme) + joined(folder, location->path) : std::string(url);
}

}  // namespace weir
