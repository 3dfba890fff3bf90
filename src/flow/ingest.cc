// SPDX-License-Identifier: Apache-2.0
#include "flow/ingest.h"

#include <utility>

#include "flow/accept.h"
#include "flow/completeness.h"
#include "flow/pipeline.h"
#include "flow/release.h"
#include "model/limits.h"

namespace weir {
namespace {

// One pass: what the listing shows is accepted, and offered to the pipeline.
class Pass {
 public:
  explicit Pass(const Pipeline::Options& options)
      : options_(options),
        pipeline_(options),
        acceptor_({.machine = options.machine,
                   .source = options.source,
                   .store = options.store,
                   .settings = options.settings,
                   .notes = options.notes,
                   .stop = options.stop,
                   .ready =
                       [this](const SourceObject& object) {
                         return !is_being_written(options_.machine, options_.source, object.path);
                       },
                   .poison = options.poison}) {}

  Result<IngestSummary> run() {
    TRY(pipeline_.run([this] { return feed(); }));
    TRY(release());
    return summarised();
  }

 private:
  Result<void> feed();
  Result<void> feed_from(SourceListing& listing);
  Result<void> offer_all(std::vector<SourceObject> objects);
  Result<void> release();
  IngestSummary summarised();

  const Pipeline::Options options_;
  Pipeline pipeline_;
  Acceptor acceptor_;      // feeder
  IngestSummary summary_;  // feeder, until the pipeline is done
};

Result<void> Pass::feed() {
  auto listing = options_.source.list();
  if (!listing) {
    return std::move(listing).error().within("list the source");
  }
  auto fed = feed_from(**listing);
  summary_.skipped = (*listing)->skipped();
  options_.progress.listing = false;
  return fed;
}

Result<void> Pass::feed_from(SourceListing& listing) {
  std::vector<SourceObject> objects;
  while (!options_.stop.requested() && !pipeline_.called_off()) {
    TRY_ASSIGN(auto object, listing.next());
    if (!object) {
      break;
    }
    ++summary_.files_seen;
    objects.push_back(*std::move(object));
    if (objects.size() >= limits::accept_files_per_batch) {
      TRY(offer_all(std::exchange(objects, {})));
    }
  }
  return pipeline_.called_off() ? Result<void>() : offer_all(std::move(objects));
}

Result<void> Pass::offer_all(std::vector<SourceObject> objects) {
  TRY_ASSIGN(const Accepted accepted, acceptor_.accept(std::move(objects)));
  for (const auto& file : accepted.files) {
    ++options_.progress.files_found;
    options_.progress.bytes_found += file->row.token.size;
    TRY(pipeline_.offer(file));
  }
  return {};
}

// What was counted long enough ago, by this pass or by earlier ones.
Result<void> Pass::release() {
  if (options_.stop.requested()) {
    return {};
  }
  Releaser releaser({.machine = options_.machine,
                     .source = options_.source,
                     .store = options_.store,
                     .settings = options_.settings.source,
                     .notes = options_.notes,
                     .stop = options_.stop});
  TRY_ASSIGN(summary_.files_released, releaser.release_due());
  return {};
}

IngestSummary Pass::summarised() {
  const CommitCounts& committed = pipeline_.counts();
  const SetAside& set_aside = pipeline_.set_aside();
  summary_.files_known = acceptor_.counts().known;
  summary_.files_unfinished = acceptor_.counts().unfinished;
  summary_.files_counted = acceptor_.counts().empty + committed.files_finished;
  summary_.files_quarantined = acceptor_.counts().quarantined + set_aside.files();
  summary_.files_waiting = acceptor_.counts().unreadable + set_aside.files_waiting();
  summary_.bytes = committed.bytes;
  summary_.counts = committed.counts;
  summary_.keys = committed.keys;
  summary_.commits = committed.commits;
  summary_.committing = committed.took;
  summary_.bytes_spilled = committed.bytes_spilled;
  summary_.stopped = options_.stop.requested();
  return std::move(summary_);
}

}  // namespace

Result<IngestSummary> ingest(const Machine& machine, Source& source, Store& store,
                             const FlowSettings& settings, Progress& progress, const Notes& notes,
                             const Stop& stop, Poison* poison) {
  return Pass({.machine = machine,
               .source = source,
               .store = store,
               .settings = settings,
               .progress = progress,
               .notes = notes,
               .stop = stop,
               .poison = poison})
      .run();
}

}  // namespace weir
