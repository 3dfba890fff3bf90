// SPDX-License-Identifier: Apache-2.0
// A file: one accepted source object, pinned to the version that was seen.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/format.h"
#include "model/unit.h"

namespace weir {

// What a file is known by, within its flow; bytes, not text. Never contains a host name.
// A local file: "path:" and its canonical absolute path, or "id:NAME:" and the path below the
// source's root where the source has a name, or "content:" and the SHA-256 of its bytes.
using FileIdentity = std::string;

// What a version is known by. Equal tokens: the same bytes. A local file's is inode, size and
// mtime; an object store's is its tag.
struct VersionToken {
  std::uint64_t size = 0;
  std::uint64_t inode = 0;
  Nanoseconds modified = 0;
  std::string tag;
  bool operator==(const VersionToken&) const = default;
};

// Stored with the file when it is accepted. The first plan wins: a later process counts by it,
// whatever its own settings say, or refuses the file.
struct Plan {
  std::uint64_t unit_bytes = 0;
  Compression compression = Compression::none;
  FormatOptions format;
  bool operator==(const Plan&) const = default;
};

enum class FileState {
  pending,      // accepted, not wholly counted
  done,         // all units counted
  quarantined,  // set aside, with a reason; what was counted of it before stays counted
  dropped,      // a person decided that it is never counted
  revoked,      // what it added was taken back; known for good, and not counted again by itself
};
std::string_view name(FileState state);
inline constexpr std::array file_states = {FileState::pending, FileState::done,
                                           FileState::quarantined, FileState::dropped,
                                           FileState::revoked};

// What becomes of the source file once its units are counted. `releasing` stands before anything is
// done to it, so that what a crash left half done is known.
enum class ReleaseState { kept, releasing, released };
std::string_view name(ReleaseState state);

// A file as it is entered in the ledger. A reason says: enter it set aside.
struct FileEntry {
  FileIdentity identity;
  std::string path;  // to show and to open; bytes
  VersionToken token;
  Plan plan;
  std::vector<ByteRange> units;
  std::string quarantine_reason;
  FileSequence replaces = 0;  // see FileRow
};

struct FileRow {
  FileSequence sequence = 0;
  FileIdentity identity;
  std::string path;
  VersionToken token;
  Plan plan;
  std::int32_t epoch = 0;
  FileState state = FileState::pending;
  std::string reason;           // why it is quarantined, dropped or revoked
  Nanoseconds accepted_at = 0;  // wall clock
  Nanoseconds finished_at = 0;  // 0: not yet
  std::uint32_t units = 0;      // planned
  std::uint32_t units_done = 0;
  LineCounts counts;   // over its done units; of one that replaces itself: of the old version
  Int128 sum = 0;      // the same
  UInt128 digest = 0;  // the same
  bool final_newline = true;
  ReleaseState release = ReleaseState::kept;
  std::string release_target;   // where it goes or went; bytes
  Nanoseconds released_at = 0;  // wall clock; 0: not yet
  bool history = false;         // what it added is kept row by row
  bool rolled_up = false;       // some of those rows were merged with other files'
  // When its last unit is committed, what that file added is taken back in the same transaction.
  // Itself: a new version of it. 0: none, or done already.
  FileSequence replaces = 0;
};

// Of its identity, of when it was accepted, and of the version and plan that its units are cut by;
// never 0. A database that fell back gives the same numbers once more, to other files, and the same
// epochs, to other plans of one file: this tells them apart.
std::uint64_t entry_mark_of(const FileRow& row);

// A file of the ledger by its number, and by what the number was given to when it was seen.
struct SeenFile {
  FileSequence sequence = 0;
  std::uint64_t entry_mark = 0;                        // 0: not compared
  SeenFile(FileSequence number) : sequence(number) {}  // NOLINT: implicit on purpose
  SeenFile(const FileRow& row)                         // NOLINT: the same
      : sequence(row.sequence), entry_mark(entry_mark_of(row)) {}
};

}  // namespace weir
