// SPDX-License-Identifier: Apache-2.0
#include "app/wiring.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "app/location.h"
#include "app/redact.h"
#include "app/remote_command.h"
#include "base/check.h"
#include "base/text.h"
#include "flow/events.h"
#include "flow/put_away.h"
#include "fold/spill_folder.h"
#include "io/path.h"
#include "io/patient.h"
#include "source/directory.h"
#include "store/mariadb.h"
#include "store/postgres.h"

namespace weir {
namespace {

StoreLocation location_of(const FlowSettings& settings) {
  auto location = location_of_store(settings.store.url);
  CHECK(location);  // was checked when it was set
  return *std::move(location);
}

// What this process keeps for itself lies beside the database; where that is a server, in the
// working folder, named after the flow.
std::string local_name(const FlowSettings& settings) {
  const StoreLocation location = location_of(settings);
  if (location.kind == StoreKind::sqlite) {
    return location.path;
  }
  std::string name = "weir-" + settings.name;
  std::replace_if(
      name.begin(), name.end(),
      [](char byte) { return byte == '/' || static_cast<unsigned char>(byte) < ' '; }, '_');
  return name;
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

namespace {

PostgresStoreOptions on_postgres(const FlowSettings& settings, StoreAccess access) {
  return {.url = settings.store.url,
          .access = access,
          .flow = settings.name,
          .key = settings.format.key,
          .settings = settings.store,
          .reply_wait = settings.store.timeout,
          .copy_above_rows = settings.store.copy_above};
}

MariadbStoreOptions on_mariadb(const FlowSettings& settings, StoreAccess access) {
  return {.url = settings.store.url,
          .access = access,
          .flow = settings.name,
          .key = settings.format.key,
          .settings = settings.store,
          .reply_wait = settings.store.timeout};
}

}  // namespace

Result<std::unique_ptr<Store>> open_store(System& system, const FlowSettings& settings,
                                          StoreAccess access) {
  const StoreLocation location = location_of(settings);
  Clock& clock = system.machine.clock;
  if (location.kind == StoreKind::postgres) {
    return open_postgres_store(clock, on_postgres(settings, access));
  }
  if (location.kind == StoreKind::mariadb) {
    return open_mariadb_store(clock, on_mariadb(settings, access));
  }
  auto store = open_sqlite_store(clock, {.path = location.path,
                                         .access = access,
                                         .flow = settings.name,
                                         .key = settings.format.key,
                                         .settings = settings.store});
  if (!store && access == StoreAccess::read && store.error().os_code == ENOENT) {
    return no_database(system, settings.store.url, location.path);
  }
  return store;
}

// A lease is not worth a long wait: without one a unit is counted all the same.
Result<std::unique_ptr<Leases>> open_store_leases(System& system, const FlowSettings& settings,
                                                  const LeaseHolder& holder) {
  constexpr Nanoseconds second = 1'000'000'000;
  Clock& clock = system.machine.clock;
  switch (location_of(settings).kind) {
    case StoreKind::postgres: {
      PostgresStoreOptions options = on_postgres(settings, StoreAccess::write);
      options.reply_wait = 5 * second;
      options.lock_wait = second;
      return postgres_leases(clock, options, holder);
    }
    case StoreKind::mariadb: {
      MariadbStoreOptions options = on_mariadb(settings, StoreAccess::write);
      options.connect_wait = 2 * second;
      options.reply_wait = 5 * second;
      options.lock_wait = second;
      return mariadb_leases(clock, options, holder);
    }
    case StoreKind::sqlite:
      break;
  }
  CHECK(false);  // check_pool refuses it
}

// Whoever holds a database that one process writes to clears its spill folder of what killed runs
// left. On a server's there may be several at a time, so that each has one of its own.
Result<std::string> spill_folder_of(System& system, const FlowSettings& settings) {
  const std::string path = local_name(settings);
  std::string name(last_name(path));
  const std::string folder(parent_of(path));
  if (location_of(settings).kind != StoreKind::sqlite) {
    name += fmt::format(".{:016x}", system.machine.random.next());
  }
  if (settings.fold.spill_folder.empty()) {
    return joined(folder, "." + name + ".spill");
  }
  FileSystem& files = system.machine.files;
  TRY(files.make_folder(settings.fold.spill_folder));
  TRY_ASSIGN(const std::string whole, files.canonical(folder.empty() ? "." : folder));
  return joined(settings.fold.spill_folder,
                fmt::format(".{}-{:016x}.spill", name, number_of(joined(whole, name))));
}

namespace {

// Files are known by their path, or by source.id and their path below the source. With the other
// kind of name each would be a new file, and count once more.
Result<void> check_identities(Store& store, const SourceSettings& source) {
  TRY_ASSIGN(const auto files, store.listings().files({.rows_max = 1}));
  const std::string identity = files.empty() ? "" : files.front().identity;
  if (identity.starts_with("path:") && !source.id.empty()) {
    return Error{ErrorKind::invalid,
                 "the files of this flow are known by their whole path; with source.id all of them "
                 "would count again: take it out, or give the flow another name"};
  }
  if (identity.starts_with("id:") && source.id.empty()) {
    return Error{ErrorKind::invalid,
                 "the files of this flow are known by source.id; without it all of them would "
                 "count again: set it as it was, or give the flow another name"};
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Store>> open_prepared_store(Session& session, const FlowSettings& settings) {
  TRY_ASSIGN(auto store, open_store(session.system, settings, StoreAccess::write));
  if (location_of(settings).kind != StoreKind::sqlite) {
    TRY(store->schema().check());  // the customer's database: its tables are made when asked for
    TRY(check_identities(*store, settings.source));
    return store;
  }
  TRY(store->schema().prepare());
  TRY(check_identities(*store, settings.source));
  // The store is ours alone now, and so is what was spilled beside it before we came.
  const auto removed =
      remove_stale_spills(session.system.machine.files, settings.fold.spill_folder);
  if (!removed) {
    session.talk.warn(removed.error().message);
  }
  return store;
}

Place place_of_opening(const FlowSettings& settings, const Error& error) {
  const bool is_server = location_of(settings).kind != StoreKind::sqlite;
  return is_server && error.kind == ErrorKind::invalid ? Place::flow_file : Place::store;
}

std::unique_ptr<Poison> recalled_poison(System& system, const FlowSettings& settings,
                                        const Notes& notes) {
  const std::string path = local_name(settings);
  const std::string crashes =
      joined(parent_of(path), "." + std::string(last_name(path)) + ".crashes");
  std::unique_ptr<Witness> witness;
  if (system.witness) {
    if (auto made = system.witness(crashes)) {
      witness = *std::move(made);
    } else {
      notes({.severity = Severity::warning,
             .event = event::crashes_unknown,
             .text = made.error().message,
             .fields = {{field::path, crashes}, {field::reason, made.error().message}}});
    }
  }
  auto poison = std::make_unique<Poison>(Poison::Options{.files = system.machine.files,
                                                         .tasks = system.machine.tasks,
                                                         .path = crashes,
                                                         .notes = notes,
                                                         .witness = std::move(witness)});
  poison->recall();
  return poison;
}

Result<std::string> socket_of(System& system, const FlowSettings& settings) {
  if (!settings.notify.socket.empty()) {
    return settings.notify.socket;
  }
  const std::string path = local_name(settings);
  const std::string folder(parent_of(path));
  TRY_ASSIGN(const std::string whole,
             system.machine.files.canonical(folder.empty() ? "." : folder));
  return joined(whole, std::string(last_name(path)) + ".sock");
}

int check_countable(Session& session, const FlowSettings& settings, const std::string& command) {
  const std::vector<std::string>& paths = settings.source.paths;
  if (paths.empty()) {
    return failed(session, Place::usage,
                  {ErrorKind::invalid,
                   "name files or folders to count, or a flow file (-c) with source.url\n"
                   "  weir " +
                       command + " --help explains"});
  }
  if (std::find(paths.begin(), paths.end(), "-") != paths.end()) {
    return failed(session, Place::usage,
                  {ErrorKind::invalid,
                   "a pipe cannot be counted once, for it cannot be read again after a crash\n"
                   "  write it to a file first; `weir sum -` adds up a pipe"});
  }
  return exit_done;
}

Result<std::string> release_folder(System& system, const SourceSettings& settings,
                                   const std::string& folder) {
  FileSystem& files = system.machine.files;
  TRY(make_folders_of(files, joined(folder, "file")));
  TRY_ASSIGN(std::string target, files.canonical(folder));
  for (const std::string& named : settings.paths) {
    const auto root = files.canonical(named);
    if (root && (target == *root || lies_within(target, *root))) {
      return Error{ErrorKind::invalid, escaped(target) + " lies within " + escaped(*root) +
                                           ": what is put there would be counted again; name "
                                           "another folder with source.to and source.copy_to"};
    }
  }
  return target;
}

Result<void> prepare_release(System& system, SourceSettings& settings) {
  if (settings.after != After::move && settings.after != After::archive) {
    return {};
  }
  if (settings.to.empty()) {
    return Error{ErrorKind::invalid, "source.after needs source.to, the folder to put files into"};
  }
  TRY_ASSIGN(settings.to, release_folder(system, settings, settings.to));
  if (!settings.copy_to.empty()) {
    TRY_ASSIGN(settings.copy_to, release_folder(system, settings, settings.copy_to));
  }
  return {};
}

Result<OpenedSource> open_source(System& system, const SourceSettings& settings) {
  const Machine& machine = system.machine;
  OpenedSource opened;
  if (settings.read_timeout > 0) {
    TRY_ASSIGN(opened.patient,
               patient_file_system({.files = machine.files,
                                    .tasks = machine.tasks,
                                    .clock = machine.clock,
                                    .stop = system.stop,
                                    .paths = settings.paths,
                                    .local_too = settings.timeout_on == Waiting::everywhere,
                                    .timeout = settings.read_timeout}));
  }
  TRY_ASSIGN(
      opened.source,
      open_directory_source(opened.seen_from(machine).files,
                            {.paths = settings.paths, .id = settings.id, .match = settings.match}));
  return opened;
}

// Another process has the database: where that is a watch, it carries the command out.
int leave_to_watch(Session& session, const FlowSettings& settings, const Error& locked) {
  const auto socket = socket_of(session.system, settings);
  const auto asked = socket ? ask_watch(session.system, *socket, session.arguments)
                            : Result<std::optional<CarriedOut>>(socket.error());
  if (!asked) {
    return failed(session, Place::store, asked.error());
  }
  if (!*asked) {
    return failed(session, Place::store, locked);
  }
  session.output.write((*asked)->output);
  session.talk.pass_on((*asked)->talk);
  return (*asked)->exit;
}

OpenedStore open_for(Session& session, const FlowFlags& flags, StoreAccess access) {
  ReadyFlow flow = ready_flow(session, flags);
  OpenedStore opened{.store = nullptr, .settings = flow.loaded.settings, .exit = flow.exit};
  if (opened.exit != exit_done) {
    return opened;
  }
  if (session.system.lent != nullptr) {  // by the watch that carries this out
    opened.settings = session.system.lent->settings;
    opened.store = borrowed_store(session.system.lent->store);
    return opened;
  }
  auto store = open_store(session.system, opened.settings, access);
  if (!store && access == StoreAccess::write && store.error().kind == ErrorKind::conflict) {
    opened.exit = leave_to_watch(session, opened.settings, store.error());
    return opened;
  }
  if (!store) {
    opened.exit = failed(session, Place::store, store.error());
    return opened;
  }
  opened.store = *std::move(store);
  return opened;
}

OpenedStore open_to_correct(Session& session, const FlowFlags& flags) {
  // Looked at first: opening to write would create a database where there is none.
  if (OpenedStore there = open_for(session, flags, StoreAccess::read); there.store == nullptr) {
    return there;
  }
  OpenedStore opened = open_for(session, flags, StoreAccess::write);
  if (opened.store == nullptr) {
    return opened;
  }
  if (const auto prepared = opened.store->schema().prepare(); !prepared) {
    opened.exit = failed(session, Place::store, prepared.error());
    opened.store = nullptr;
  }
  return opened;
}

Place place_of_refusal(Store& store, Place asked) {
  const auto version = store.schema().version();
  return version && *version == store_schema_version ? asked : Place::store;
}

std::string shown_store(const FlowSettings& settings) {
  return escaped(redacted(settings.store.url));
}

}  // namespace weir
