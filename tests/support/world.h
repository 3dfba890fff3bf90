// SPDX-License-Identifier: Apache-2.0
// The simulated world of an ingest: a file system, a database, and the cables between them and the
// processes, which lose requests, lose replies, and deliver late.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "io/file_system.h"
#include "lease/lease.h"
#include "source/source.h"
#include "store/store.h"
#include "support/simulation.h"

namespace weir::testing {

struct CableFaults {  // probabilities, each call
  double lost_request = 0;
  double lost_reply = 0;  // the call took effect
  double late = 0;        // of a commit: it takes effect some time after it was given up
};

// A process's way to the database: yields before and after each call, and fails by seed. Nothing
// happens once the process is dead, except what was already on its way. Borrows everything.
// `late` is told of every late commit whether it counted, or came second.
using LateCommits = std::function<void(bool counted)>;
std::unique_ptr<Store> cabled_store(Simulation& simulation, Process& process, Store& store,
                                    const CableFaults& faults, LateCommits late);

// A worker's way to whichever server answers at the address; breaks once with the server.
class Connection final : public Store {
 public:
  void connect(Store& server, Store* refusal) {
    server_ = &server;
    refusal_ = refusal;
  }
  Ledger& ledger() override { return now().ledger(); }
  Committer& committer() override { return now().committer(); }
  Totals& totals() override { return now().totals(); }
  Listings& listings() override { return now().listings(); }
  Audit& audit() override { return now().audit(); }
  Schema& schema() override { return now().schema(); }
  History& history() override { return now().history(); }
  Corrections& corrections() override { return now().corrections(); }
  TableCopy& copy() override { return now().copy(); }

 private:
  Store& now() {
    Store* const refusal = std::exchange(refusal_, nullptr);
    return refusal != nullptr ? *refusal : *server_;
  }
  Store* server_ = nullptr;
  Store* refusal_ = nullptr;  // of the next call
};

// A process's view of the disk, with the same yields. `read_error`: probability of an EIO.
std::unique_ptr<FileSystem> cabled_files(Process& process, FileSystem& files, double read_error);

// A process's way to the leases, with the same yields: the dead neither take nor give back.
std::unique_ptr<Leases> cabled_leases(Process& process, Leases& leases);

}  // namespace weir::testing
