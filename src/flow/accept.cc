// SPDX-License-Identifier: Apache-2.0
#include "flow/accept.h"

#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "flow/content.h"
#include "flow/quarantine.h"
#include "format/unit_reader.h"
#include "model/limits.h"

namespace weir {
namespace {

std::string version_text(const VersionToken& token) {
  return std::to_string(token.inode) + "." + std::to_string(token.size) + "." +
         std::to_string(token.modified) + "." + token.tag;
}

std::string change_text(const VersionToken& before, const VersionToken& now) {
  return before.size == now.size
             ? std::string("the same size, but other bytes")
             : std::to_string(before.size) + " bytes then, " + std::to_string(now.size) + " now";
}

}  // namespace

struct Acceptor::Candidate {
  SourceObject object;
  std::optional<FileRow> row = std::nullopt;  // nothing: not in the ledger
  bool later = false;                         // left for another pass
};

Acceptor::Acceptor(const Options& options)
    : options_(options), retry_(options.machine, options.stop) {}

Result<std::vector<std::shared_ptr<const OfferedFile>>> Acceptor::accept(
    std::vector<SourceObject> objects) {
  CHECK(objects.size() <= limits::accept_files_per_batch);
  std::vector<Candidate> candidates;
  for (SourceObject& object : objects) {
    candidates.push_back({.object = std::move(object)});
    TRY(identify(candidates.back()));
  }
  std::erase_if(candidates, [](const Candidate& candidate) { return candidate.later; });
  TRY(look_up(candidates));
  TRY(enter_new(candidates));
  std::vector<std::shared_ptr<const OfferedFile>> offered;
  for (Candidate& candidate : candidates) {
    if (candidate.later || candidate.row->state != FileState::pending) {
      continue;
    }
    const bool by_content = options_.settings.source.identity == IdentityRule::content;
    if (by_content && !offered_.insert(candidate.row->sequence).second) {
      ++counts_.known;
      continue;
    }
    offered.push_back(std::make_shared<const OfferedFile>(
        OfferedFile{*std::move(candidate.row), std::move(candidate.object.path)}));
  }
  return offered;
}

// The source's identity is by path; the flow may ask for another.
Result<void> Acceptor::identify(Candidate& candidate) {
  SourceObject& object = candidate.object;
  if (options_.settings.source.identity == IdentityRule::path_version) {
    object.identity += ":" + version_text(object.token);
  }
  if (options_.settings.source.identity != IdentityRule::content) {
    return {};
  }
  auto file = options_.source.open(object.path);
  if (!file) {
    leave_for_later(candidate, file.error());
    return {};
  }
  auto digest = sha256_of(**file, options_.stop);
  if (!digest) {
    leave_for_later(candidate, digest.error());
    return {};
  }
  object.identity = "content:" + *digest;
  return {};
}

Result<void> Acceptor::look_up(std::vector<Candidate>& candidates) {
  std::vector<FileIdentity> identities;
  identities.reserve(candidates.size());
  for (const Candidate& candidate : candidates) {
    identities.push_back(candidate.object.identity);
  }
  Ledger& ledger = options_.store.ledger();
  TRY_ASSIGN(auto rows, retry_([&] { return ledger.find(identities); }));
  CHECK(rows.size() == candidates.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    candidates[i].row = std::move(rows[i]);
    if (candidates[i].row) {
      TRY(look_again(candidates[i]));
    }
  }
  return {};
}

// A file that the ledger knows: is it still the version that was accepted?
Result<void> Acceptor::look_again(Candidate& candidate) {
  const FileRow& row = *candidate.row;
  const bool by_content = options_.settings.source.identity == IdentityRule::content;
  const bool same = by_content || row.token == candidate.object.token;
  if (row.state == FileState::quarantined && nothing_counted(row)) {
    // A corrected rerun takes it: the file was mended, or its lines are read another way now. One
    // that changed under our hands waits for a person's word.
    const bool mended = !same && !row.reason.starts_with(cause::changed);
    const bool reread = row.plan.format != options_.settings.format;
    if (mended || reread || row.reason.starts_with(cause::retry)) {
      return replan(candidate, "");
    }
  } else if (!same && row.state != FileState::dropped && row.state != FileState::revoked) {
    TRY(look_at_changed(candidate));
  }
  if (candidate.row->state != FileState::pending) {
    ++counts_.known;
  }
  return {};
}

// Other bytes, or only touched? Nothing is counted twice, and nothing is lost in silence.
Result<void> Acceptor::look_at_changed(Candidate& candidate) {
  FileRow& row = *candidate.row;
  const VersionToken& now = candidate.object.token;
  Ledger& ledger = options_.store.ledger();
  if (row.state == FileState::pending && nothing_counted(row)) {
    return replan(candidate, std::string(cause::changed) + "after it was accepted (" +
                                 change_text(row.token, now) +
                                 "); to count it as it is now: weir quarantine retry FILE");
  }
  if (row.token.size == now.size) {
    const auto same = same_bytes(candidate, now);
    if (!same) {
      leave_for_later(candidate, same.error());
      return {};
    }
    if (*same) {
      row.token = now;
      return retry_([&] { return ledger.repin(row.sequence, now); });
    }
  }
  if (row.state != FileState::quarantined) {
    const std::string reason = std::string(cause::changed) + "after it was counted (" +
                               change_text(row.token, now) + "); what was counted stays";
    TRY(retry_([&] { return ledger.settle(row.sequence, FileState::quarantined, reason); }));
    row.state = FileState::quarantined;
    tell_set_aside(candidate.object.path, reason);
  }
  return {};
}

// Whether the bytes already counted still are what they were.
Result<bool> Acceptor::same_bytes(const Candidate& candidate, const VersionToken& token) {
  const FileRow& row = *candidate.row;
  Ledger& ledger = options_.store.ledger();
  std::vector<ByteRange> ranges;
  TRY_ASSIGN(const auto units, retry_([&] { return ledger.units(row.sequence); }));
  for (const UnitRow& unit : units) {
    if (unit.state == UnitState::done) {
      ranges.push_back(unit.range);
    }
  }
  if (units.empty()) {
    ranges = plan_units(token.size, row.plan.unit_bytes, row.plan.compression);
  }
  TRY_ASSIGN(const auto file, options_.source.open(candidate.object.path));
  TRY_ASSIGN(const UInt128 digest, digest_of(*file, ranges, options_.stop));
  TRY(file->still_pinned());
  return digest == row.digest && file->token() == token;
}

// A new plan and version for a file of which nothing was counted.
Result<void> Acceptor::replan(Candidate& candidate, const std::string& reason) {
  auto entry = entry_for(candidate.object);
  if (!entry) {
    leave_for_later(candidate, entry.error());
    return {};
  }
  if (!reason.empty()) {
    entry->quarantine_reason = reason;
  }
  Ledger& ledger = options_.store.ledger();
  TRY_ASSIGN(candidate.row, retry_([&] { return ledger.replan(candidate.row->sequence, *entry); }));
  if (candidate.row->state == FileState::quarantined) {
    tell_set_aside(candidate.object.path, candidate.row->reason);
  }
  return {};
}

Result<void> Acceptor::enter_new(std::vector<Candidate>& candidates) {
  std::vector<FileEntry> entries;
  std::vector<Candidate*> entered;
  for (Candidate& candidate : candidates) {
    if (candidate.row || candidate.later || options_.stop.requested()) {
      candidate.later = candidate.later || !candidate.row;
      continue;
    }
    auto entry = entry_for(candidate.object);
    if (!entry) {
      leave_for_later(candidate, entry.error());
      continue;
    }
    entries.push_back(*std::move(entry));
    entered.push_back(&candidate);
  }
  if (entries.empty()) {
    return {};
  }
  Ledger& ledger = options_.store.ledger();
  TRY_ASSIGN(auto rows, retry_([&] { return ledger.enter(entries); }));
  CHECK(rows.size() == entered.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    counts_.empty += rows[i].state == FileState::done ? 1 : 0;
    if (rows[i].state == FileState::quarantined) {
      tell_set_aside(entered[i]->object.path, rows[i].reason);
    }
    entered[i]->row = std::move(rows[i]);
  }
  return {};
}

// Opens the file, so that the plan is made from the version that the token names.
Result<FileEntry> Acceptor::entry_for(const SourceObject& object) {
  const FlowSettings& settings = options_.settings;
  TRY_ASSIGN(auto file, options_.source.open(object.path));
  FileEntry entry{.identity = object.identity, .path = object.path, .token = file->token()};
  entry.plan = {.unit_bytes = settings.fold.unit_bytes, .format = settings.format};
  auto sniffed = sniff(*file, entry.token.size, settings.format, settings.rejects.sniff_ratio_max);
  if (sniffed) {
    entry.plan.compression = sniffed->compression;
    if (!sniffed->complaint.empty()) {
      entry.quarantine_reason = std::string(cause::looks_wrong) + sniffed->complaint;
    }
  } else if (sniffed.error().kind == ErrorKind::invalid) {
    entry.quarantine_reason = std::string(cause::corrupt) + sniffed.error().message;
  } else {
    return std::move(sniffed).error();
  }
  entry.units = plan_units(entry.token.size, entry.plan.unit_bytes, entry.plan.compression);
  return entry;
}

void Acceptor::leave_for_later(Candidate& candidate, const Error& error) {
  candidate.later = true;
  ++counts_.unreadable;
  if (!options_.stop.requested()) {
    options_.notes(Severity::warning,
                   escaped(candidate.object.path) + " is left for a later pass: " + error.message);
  }
}

void Acceptor::tell_set_aside(const std::string& path, const std::string& reason) {
  ++counts_.quarantined;
  options_.notes(Severity::warning, escaped(path) + " is set aside: " + reason);
}

}  // namespace weir
