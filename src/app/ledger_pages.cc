// SPDX-License-Identifier: Apache-2.0
#include "app/ledger_pages.h"

#include <fmt/format.h>

#include <cerrno>

#include "app/number_from.h"
#include "base/text.h"
#include "io/path.h"

namespace weir {
namespace {

constexpr std::string_view by_path = "path:";
constexpr std::uint64_t rows_per_page = 1000;

using Found = std::optional<FileRow>;

Result<Found> by_number(Store& store, FileSequence number) {
  TRY_ASSIGN(auto rows, store.listings().files({.states = {}, .after = number - 1, .rows_max = 1}));
  const bool is_it = !rows.empty() && rows.front().sequence == number;
  return is_it ? Found(std::move(rows.front())) : Found();
}

Result<Found> by_identity(Store& store, const std::string& path) {
  const std::vector<FileIdentity> identities = {std::string(by_path) + path};
  TRY_ASSIGN(auto rows, store.ledger().find(identities));
  return std::move(rows.front());
}

// The path that it leads to now; where nothing is there any more, the path it would be.
std::string whole_path(FileSystem& files, const std::string& path) {
  if (auto canonical = files.canonical(path)) {
    return *std::move(canonical);
  }
  const std::string parent(parent_of(path));
  const auto folder = files.canonical(parent.empty() ? "." : parent);
  return folder ? joined(*folder, last_name(path)) : path;
}

Result<Found> by_shown_path(Store& store, const std::string& path) {
  Found found;
  TRY(each_file(store, {}, [&](const FileRow& row) -> Result<void> {
    if (row.path == path || escaped(row.path) == path) {
      found = row;
    }
    return {};
  }));
  return found;
}

}  // namespace

Result<void> each_file(Store& store, const std::vector<FileState>& states,
                       const std::function<Result<void>(const FileRow&)>& visit) {
  FileQuery query{.states = states, .rows_max = rows_per_page};
  for (;;) {
    TRY_ASSIGN(const auto rows, store.listings().files(query));
    for (const FileRow& row : rows) {
      TRY(visit(row));
      query.after = row.sequence;
    }
    if (rows.size() < rows_per_page) {
      return {};
    }
  }
}

Result<FileRow> find_file(System& system, Store& store, const std::string& name) {
  Found found;
  if (const auto number = number_from<FileSequence>(name); number && *number > 0) {
    TRY_ASSIGN(found, by_number(store, *number));
  }
  if (!found) {
    TRY_ASSIGN(found, by_identity(store, whole_path(system.machine.files, name)));
  }
  if (!found) {
    TRY_ASSIGN(found, by_shown_path(store, name));
  }
  if (!found) {
    return Error{
        ErrorKind::invalid,
        fmt::format("no file {} is known to this flow; `weir status` and `weir quarantine` "
                    "show paths and numbers",
                    escaped(name)),
        ENOENT};
  }
  return *std::move(found);
}

std::optional<std::string> absolute_path(const FileRow& row) {
  if (row.identity.starts_with(by_path)) {
    return row.identity.substr(by_path.size());
  }
  return row.path.starts_with('/') ? std::optional(row.path) : std::nullopt;
}

}  // namespace weir
