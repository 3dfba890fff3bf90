// SPDX-License-Identifier: Apache-2.0
// From settings to the adapters they name: the only place that knows which there are.
#pragma once

#include <memory>
#include <string>

#include "app/load_flow.h"
#include "app/session.h"
#include "base/result.h"
#include "flow/poison.h"
#include "lease/lease.h"
#include "model/flow.h"
#include "source/source.h"
#include "store/sqlite.h"
#include "store/store.h"

namespace weir {

// The settings, with a number of workers. Where they are wrong, all of it has been said, and the
// exit code is not 0.
struct ReadyFlow {
  LoadedFlow loaded;
  int exit = exit_done;
};
ReadyFlow ready_flow(Session& session, const FlowFlags& flags);

// Says what is wrong, in the form that the settings ask for; 0 where nothing is.
int tell_complaints(Session& session, const LoadedFlow& loaded);

// read: `invalid` with ENOENT where there is no database; the message says where it was looked for,
// and how another one is named.
Result<std::unique_ptr<Store>> open_store(System& system, const FlowSettings& settings,
                                          StoreAccess access);

// Leases that the store itself keeps, on a server. Not for SQLite.
Result<std::unique_ptr<Leases>> open_store_leases(System& system, const FlowSettings& settings,
                                                  const LeaseHolder& holder);

// Where an ingest spills to: a folder of this database alone, since whoever holds the database
// clears it of what killed runs left. Hidden, so that it is no input where a database lies beside
// its input.
Result<std::string> spill_folder_of(System& system, const FlowSettings& settings);

// For writing: with its tables, and without what killed runs left in the spill folder.
Result<std::unique_ptr<Store>> open_prepared_store(Session& session, const FlowSettings& settings);

// Where an error of it came from: a server's tables that are still to be made are an affair of the
// flow file and its person.
Place place_of_opening(const FlowSettings& settings, const Error& error);

// What crashed earlier runs on this database, and who notes it from now on, in a hidden file beside
// the database. Call it only while holding the store. Borrows the notes.
std::unique_ptr<Poison> recalled_poison(System& system, const FlowSettings& settings,
                                        const Notes& notes);

// Where a running watch is told of files: beside the database, unless the flow names another place.
Result<std::string> socket_of(System& system, const FlowSettings& settings);

// Whether the settings name something that can be counted once; says what is missing.
int check_countable(Session& session, const FlowSettings& settings, const std::string& command);

// Makes the folders that counted files go to, and makes their paths whole. `invalid`: there is
// none, or it lies within the source, where files would be counted again.
Result<void> prepare_release(System& system, SourceSettings& settings);

// Where files come from. Where its folders may hang (source.read_timeout), with a file system that
// does not; whoever touches its files does so through that one, too.
struct OpenedSource {
  std::unique_ptr<FileSystem> patient;  // absent: the machine's own serves
  std::unique_ptr<Source> source;

  Machine seen_from(const Machine& machine) const {
    return {machine.clock, machine.random, machine.tasks, patient ? *patient : machine.files};
  }
};
Result<OpenedSource> open_source(System& system, const SourceSettings& settings);

// For reading commands: settings and store, or the exit code.
struct OpenedStore {
  std::unique_ptr<Store> store;  // nothing: see exit
  FlowSettings settings;
  int exit = exit_done;
};
OpenedStore open_for(Session& session, const FlowFlags& flags, StoreAccess access);

// For commands that change what was counted: a database that is there already, with its tables
// brought up to date. Where a watch holds it, the watch has carried the command out by then.
OpenedStore open_to_correct(Session& session, const FlowFlags& flags);

// Where an `invalid` of a reading call came from: a database that is to be brought up to date
// first, or what was asked for.
Place place_of_refusal(Store& store, Place asked);

// "sqlite:usage.db", for people.
std::string shown_store(const FlowSettings& settings);

}  // namespace weir
