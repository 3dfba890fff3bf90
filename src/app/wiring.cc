// SPDX-License-Identifier: Apache-2.0
#include "app/wiring.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "app/location.h"
#include "app/redact.h"
#include "base/check.h"
#include "base/text.h"
#include "flow/events.h"
#include "io/path.h"
#include "source/directory.h"

namespace weir {
namespace {

std::string path_of(const StoreSettings& settings) {
  auto path = path_of_store(settings.url);
  CHECK(path);  // was checked when it was set
  return *std::move(path);
}

// FNV-1a: tells apart databases of one name that spill into one folder.
std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0xcbf29ce484222325;
  for (const char c : text) {
    number = (number ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return number;
}

Error no_database(const System& system, const std::string& url, const std::string& path) {
  const auto folder = system.machine.files.canonical(".");
  const std::string place = path.starts_with('/') || !folder ? path : joined(*folder, path);
  return {ErrorKind::invalid,
          fmt::format("there is no database at {} ({})\n"
                      "  `weir ingest PATH` makes one; name another with --store sqlite:PATH, with "
                      "-c and a flow file, or with WEIR__STORE__URL",
                      escaped(redacted(url)), escaped(place)),
          ENOENT};
}

}  // namespace

int tell_complaints(Session& session, const LoadedFlow& loaded) {
  take_log_settings(session, loaded.settings.log);
  bool typed = true;
  for (const Complaint& complaint : loaded.complaints) {
    session.talk.tell({.severity = Severity::error,
                       .event = event::setting_refused,
                       .text = fmt::format("{}: {}", complaint.where, complaint.text),
                       .fields = {{field::where, complaint.where}}});
    typed = typed && complaint.typed;
  }
  return loaded.complaints.empty() ? exit_done : typed ? exit_usage : exit_flow_file;
}

ReadyFlow ready_flow(Session& session, const FlowFlags& flags) {
  auto loaded = load_flow(session.system, flags);
  if (!loaded) {
    return {.loaded = {}, .exit = failed(session, Place::flow_file, loaded.error())};
  }
  ReadyFlow ready{.loaded = *std::move(loaded)};
  ready.exit = tell_complaints(session, ready.loaded);
  FlowSettings& settings = ready.loaded.settings;
  settings.jobs = settings.jobs == 0 ? session.system.cores : settings.jobs;
  return ready;
}

Result<std::unique_ptr<Store>> open_store(System& system, const FlowSettings& settings,
                                          StoreAccess access) {
  const std::string path = path_of(settings.store);
  auto store = open_sqlite_store(system.machine.clock, {.path = path,
                                                        .access = access,
                                                        .flow = settings.name,
                                                        .key = settings.format.key,
                                                        .settings = settings.store});
  if (!store && access == StoreAccess::read && store.error().os_code == ENOENT) {
    return no_database(system, settings.store.url, path);
  }
  return store;
}

Result<std::string> spill_folder_of(System& system, const FlowSettings& settings) {
  const std::string path = path_of(settings.store);
  const std::string name(last_name(path));
  const std::string folder(parent_of(path));
  if (settings.fold.spill_folder.empty()) {
    return joined(folder, "." + name + ".spill");
  }
  FileSystem& files = system.machine.files;
  TRY(files.make_folder(settings.fold.spill_folder));
  TRY_ASSIGN(const std::string whole, files.canonical(folder.empty() ? "." : folder));
  return joined(settings.fold.spill_folder,
                fmt::format(".{}-{:016x}.spill", name, number_of(joined(whole, name))));
}

Result<std::unique_ptr<Source>> open_source(System& system, const SourceSettings& settings) {
  return open_directory_source(
      system.machine.files, {.paths = settings.paths, .id = settings.id, .match = settings.match});
}

OpenedStore open_for(Session& session, const FlowFlags& flags, StoreAccess access) {
  ReadyFlow flow = ready_flow(session, flags);
  OpenedStore opened{.store = nullptr, .settings = flow.loaded.settings, .exit = flow.exit};
  if (opened.exit != exit_done) {
    return opened;
  }
  auto store = open_store(session.system, opened.settings, access);
  if (!store) {
    opened.exit = failed(session, Place::store, store.error());
    return opened;
  }
  opened.store = *std::move(store);
  return opened;
}

std::string shown_store(const FlowSettings& settings) {
  return escaped(redacted(settings.store.url));
}

}  // namespace weir
