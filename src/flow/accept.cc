// SPDX-License-Identifier: Apache-2.0
#include "flow/accept.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "flow/content.h"
#include "flow/events.h"
#include "flow/quarantine.h"
#include "flow/set_aside.h"
#include "format/unit_reader.h"
#include "model/limits.h"

namespace weir {
namespace {

constexpr std::size_t judged_max = 10'000;  // changed versions that are remembered
constexpr std::size_t told_max = 10'000;    // reasons that are remembered

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
  bool fresh = false;                         // entered by this call
  std::string reason;                         // why it is left
};

Acceptor::Acceptor(const Options& options)
    : options_(options),
      retry_(options.machine, options.stop),
      known_(options.machine.clock, options.machine.random) {}

Result<Accepted> Acceptor::accept(std::vector<SourceObject> objects) {
  CHECK(objects.size() <= limits::accept_files_per_batch);
  std::vector<Candidate> candidates;
  for (SourceObject& object : objects) {
    candidates.push_back({.object = std::move(object)});
    TRY(identify(candidates.back()));
  }
  TRY(look_up(candidates));
  TRY(enter_new(candidates));
  Accepted accepted;
  for (Candidate& candidate : candidates) {
    if (options_.poison != nullptr && !candidate.later) {  // it was looked at, or is set aside
      const SourceObject& object = candidate.object;
      options_.poison->forget(matter_of_look(object.identity, object.token));
    }
    accepted.verdicts.push_back(verdict_of(candidate));
    if (options_.remembers && !candidate.later && candidate.row->state == FileState::done) {
      remember(candidate);
    }
    if (may_be_offered(candidate)) {
      accepted.files.push_back(std::make_shared<const OfferedFile>(
          OfferedFile{*std::move(candidate.row), std::move(candidate.object.path)}));
    }
  }
  return accepted;
}

void Acceptor::remember(const Candidate& candidate) {
  known_.insert(candidate.object);
  learnt_.push_back({candidate.object.identity, candidate.row->sequence});
  if (learnt_.size() > limits::accept_files_per_batch) {
    learnt_.pop_front();
  }
}

void Acceptor::forget() {
  known_.forget();
  learnt_.clear();
  judged_.clear();
}

Result<void> Acceptor::look_back() {
  TRY_ASSIGN(std::string now, retry_([&] { return options_.store.schema().lineage(); }));
  if (std::exchange(lineage_, now) != now) {
    forget();
  }
  std::vector<FileIdentity> identities;
  identities.reserve(learnt_.size());
  for (const Learnt& learnt : learnt_) {
    identities.push_back(learnt.identity);
  }
  if (identities.empty()) {
    return {};
  }
  Ledger& ledger = options_.store.ledger();
  TRY_ASSIGN(const auto rows, retry_([&] { return ledger.find(identities); }));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i] || rows[i]->state != FileState::done || rows[i]->sequence != learnt_[i].file) {
      forget();
      return {};
    }
  }
  return {};
}

// Of a file whose first bytes crashed the process too often, without another look at them.
Result<FileEntry> Acceptor::plan(const SourceObject& object, Pieces pieces) const {
  Poison* const poison = options_.poison;
  if (poison == nullptr) {
    return plan_file(options_.source, options_.settings, object, pieces);
  }
  const Matter matter = matter_of_look(object.identity, object.token);
  std::string verdict = poison->verdict(matter);
  if (verdict.empty()) {
    const InHand in_hand(poison->witness(), matter);
    return plan_file(options_.source, options_.settings, object, pieces);
  }
  FileEntry entry{.identity = object.identity, .path = object.path, .token = object.token};
  entry.plan = {.unit_bytes = std::max<std::uint64_t>(object.token.size, 1),
                .format = options_.settings.format};
  entry.units = plan_units(object.token.size, entry.plan.unit_bytes, entry.plan.compression);
  entry.quarantine_reason = std::move(verdict);
  return entry;
}

bool Acceptor::may_be_offered(const Candidate& candidate) {
  if (candidate.later || candidate.row->state != FileState::pending) {
    return false;
  }
  const bool by_content = options_.settings.source.identity == IdentityRule::content;
  if (by_content && !options_.remembers && !offered_.insert(candidate.row->sequence).second) {
    ++counts_.known;
    return false;
  }
  return true;
}

Verdict Acceptor::verdict_of(const Candidate& candidate) {
  using enum Verdict::Standing;
  if (candidate.later) {
    return {.standing = later, .reason = candidate.reason};
  }
  const FileRow& row = *candidate.row;
  if (row.state == FileState::quarantined) {
    return {.standing = set_aside, .file = row.sequence, .reason = row.reason};
  }
  return {.standing = candidate.fresh ? accepted : known, .file = row.sequence};
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
  std::vector<Candidate*> asked;
  for (Candidate& candidate : candidates) {
    if (!candidate.later) {
      identities.push_back(candidate.object.identity);
      asked.push_back(&candidate);
    }
  }
  Ledger& ledger = options_.store.ledger();
  TRY_ASSIGN(auto rows, retry_([&] { return ledger.find(identities); }));
  CHECK(rows.size() == asked.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    asked[i]->row = std::move(rows[i]);
    if (asked[i]->row) {
      TRY(look_again(*asked[i]));
    }
  }
  return {};
}

// Left for later, if its producer is still at it.
bool Acceptor::unfinished(Candidate& candidate) {
  if (!options_.ready || options_.ready(candidate.object)) {
    return false;
  }
  candidate.later = true;
  candidate.reason = "it is still being written, or was a moment ago";
  ++counts_.unfinished;
  return true;
}

// A file that the ledger knows: is it still the version that was accepted?
Result<void> Acceptor::look_again(Candidate& candidate) {
  const FileRow& row = *candidate.row;
  const OnChange on_change = options_.settings.source.on_change;
  const bool by_content = options_.settings.source.identity == IdentityRule::content;
  const bool same = by_content || row.token == candidate.object.token;
  if (!same && unfinished(candidate)) {
    return {};
  }
  if (!same && row.state == FileState::done && on_change == OnChange::ignore) {
    ++counts_.known;
    return {};
  }
  if (!same && row.state == FileState::done && on_change == OnChange::count_anew) {
    return look_for_version(candidate);
  }
  if (row.state == FileState::quarantined && nothing_counted(row)) {
    // A corrected rerun takes it: the file was mended, or its lines are read another way now. One
    // that changed under our hands waits for a person's word.
    const bool mended = !same && !row.reason.starts_with(cause::changed);
    const bool reread = row.plan.format != options_.settings.format;
    if (mended || reread || row.reason.starts_with(cause::retry)) {
      return replan(candidate, "");
    }
  } else if (!same && row.state != FileState::dropped && row.state != FileState::revoked) {
    TRY(judge_changed(candidate));
  }
  if (candidate.row->state != FileState::pending) {
    ++counts_.known;
  }
  return {};
}

// The changed file as a file of its own, known by its version, beside the one that is counted;
// unless it was only touched.
Result<void> Acceptor::look_for_version(Candidate& candidate) {
  SourceObject& object = candidate.object;
  const FileIdentity identity = object.identity + ":" + version_text(object.token);
  Ledger& ledger = options_.store.ledger();
  TRY_ASSIGN(auto rows, retry_([&] { return ledger.find({&identity, 1}); }));
  if (!rows.front() && !is_as_listed(candidate)) {
    return {};
  }
  if (!rows.front() && candidate.row->token.size == object.token.size) {
    const auto same = same_bytes(candidate, object.token);
    if (!same) {
      leave_for_later(candidate, same.error());
      return {};
    }
    if (*same) {
      return unless_overtaken(candidate,
                              retry_([&] { return ledger.repin(*candidate.row, object.token); }));
    }
  }
  object.identity = identity;
  candidate.row = std::move(rows.front());
  return candidate.row ? look_again(candidate) : Result<void>();
}

// Once a version: to compare bytes is to read the file.
Result<void> Acceptor::judge_changed(Candidate& candidate) {
  const FileSequence file = candidate.row->sequence;
  const auto judged = judged_.find(file);
  if (judged != judged_.end() && judged->second == candidate.object.token) {
    return {};
  }
  TRY(look_at_changed(candidate));
  if (!candidate.later) {
    if (judged_.size() >= judged_max) {
      judged_.clear();
    }
    judged_.insert_or_assign(file, candidate.object.token);
  }
  return {};
}

// What was listed, and looked up much later, may be older than the row: that another worker entered
// meanwhile.
bool Acceptor::is_as_listed(Candidate& candidate) {
  const auto now = options_.source.look(candidate.object.path);
  if (!now) {
    leave_for_later(candidate, now.error());
    return false;
  }
  if (now->token != candidate.object.token) {
    candidate.later = true;
    candidate.reason = "it changed since it was listed";
    ++counts_.unfinished;
    return false;
  }
  return true;
}

// Other bytes, or only touched? Nothing is counted twice, and nothing is lost in silence.
Result<void> Acceptor::look_at_changed(Candidate& candidate) {
  if (!is_as_listed(candidate)) {
    return {};
  }
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
      TRY(unless_overtaken(candidate, retry_([&] { return ledger.repin(row, now); })));
      row.token = now;
      return {};
    }
  }
  if (row.state == FileState::quarantined) {
    return {};
  }
  const std::string reason = std::string(cause::changed) + "after it was counted (" +
                             change_text(row.token, now) + "); what was counted stays";
  if (row.state == FileState::done && options_.settings.source.on_change == OnChange::replace) {
    return supersede(candidate, reason);
  }
  return put_aside(candidate, reason);
}

Result<void> Acceptor::put_aside(Candidate& candidate, const std::string& reason) {
  FileRow& row = *candidate.row;
  Ledger& ledger = options_.store.ledger();
  TRY(unless_overtaken(candidate,
                       retry_([&] { return ledger.settle(row, FileState::quarantined, reason); })));
  if (candidate.later) {
    return {};
  }
  row.state = FileState::quarantined;
  row.reason = reason;
  tell_set_aside(candidate.object.path, row);
  return {};
}

// The new version is counted in one piece, and takes the place of the old one when it is. Where the
// store cannot take the old one back, a person has to decide.
Result<void> Acceptor::supersede(Candidate& candidate, const std::string& reason) {
  auto entry = plan(candidate.object, Pieces::one);
  if (!entry) {
    leave_for_later(candidate, entry.error());
    return {};
  }
  if (!entry->quarantine_reason.empty()) {
    return put_aside(candidate, reason + "; the new version " + entry->quarantine_reason);
  }
  Ledger& ledger = options_.store.ledger();
  auto row = retry_([&] { return ledger.supersede(*candidate.row, *entry); });
  if (!row && row.error().kind == ErrorKind::invalid) {
    return put_aside(candidate, reason + ": " + row.error().message);
  }
  return take_up(candidate, std::move(row));
}

Result<void> Acceptor::take_up(Candidate& candidate, Result<FileRow> row) {
  if (!row) {
    return unless_overtaken(candidate, std::move(row).error());
  }
  candidate.row = *std::move(row);
  return {};
}

// `conflict`: since its row was read a unit of it was counted, or it was planned anew, or the
// ledger fell back. The next pass sees it as it then is.
Result<void> Acceptor::unless_overtaken(Candidate& candidate, Result<void> done) {
  if (!done && done.error().kind == ErrorKind::conflict) {
    candidate.later = true;
    candidate.reason = done.error().message;
    return {};
  }
  return done;
}

// Whether the bytes already counted still are what they were.
Result<bool> Acceptor::same_bytes(const Candidate& candidate, const VersionToken& token) {
  const FileRow& row = *candidate.row;
  Ledger& ledger = options_.store.ledger();
  std::vector<ByteRange> ranges;
  TRY_ASSIGN(const auto units, retry_([&] { return ledger.units(row); }));
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
  auto entry = plan(candidate.object, Pieces::as_set);
  if (!entry) {
    leave_for_later(candidate, entry.error());
    return {};
  }
  if (!reason.empty()) {
    entry->quarantine_reason = reason;
  }
  Ledger& ledger = options_.store.ledger();
  TRY(take_up(candidate, retry_([&] { return ledger.replan(*candidate.row, *entry); })));
  if (!candidate.later && candidate.row->state == FileState::quarantined) {
    tell_set_aside(candidate.object.path, *candidate.row);
  }
  return {};
}

Result<void> Acceptor::enter_new(std::vector<Candidate>& candidates) {
  std::vector<FileEntry> entries;
  std::vector<Candidate*> entered;
  for (Candidate& candidate : candidates) {
    if (options_.stop.requested() && !candidate.row) {
      candidate.later = true;
    }
    if (candidate.row || candidate.later || unfinished(candidate)) {
      continue;
    }
    auto entry = plan(candidate.object, Pieces::as_set);
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
      tell_set_aside(entered[i]->object.path, rows[i]);
    }
    entered[i]->fresh = true;
    entered[i]->row = std::move(rows[i]);
  }
  return {};
}

void Acceptor::leave_for_later(Candidate& candidate, const Error& error) {
  candidate.later = true;
  candidate.reason = error.message;
  ++counts_.unreadable;
  counts_.unanswered += error.os_code == ETIMEDOUT ? 1 : 0;
  if (!options_.stop.requested() && first_time(candidate.object.path, error.message)) {
    options_.notes(
        {.severity = Severity::warning,
         .event = event::file_unreadable,
         .text = escaped(candidate.object.path) + " is left for a later pass: " + error.message,
         .fields = {{field::path, candidate.object.path}, {field::reason, error.message}}});
  }
}

// A watch finds it again with every scan.
bool Acceptor::first_time(const std::string& path, const std::string& reason) {
  if (told_.size() >= told_max) {
    told_.clear();
  }
  return std::exchange(told_[path], reason) != reason;
}

// What the ledger says of it now.
void Acceptor::tell_set_aside(const std::string& path, const FileRow& row) {
  ++counts_.quarantined;
  options_.notes(set_aside_note(row.sequence, path, row.reason));
}

}  // namespace weir
