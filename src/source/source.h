// SPDX-License-Identifier: Apache-2.0
// The source seam: where files are. A source lists what is there and opens what was accepted; it
// remembers nothing of what was counted. Implementations: directory (over the disk, or over the
// memory file system), and a faulty wrapper.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "io/file_system.h"
#include "model/file.h"

namespace weir {

// What a listing shows of one object.
struct SourceObject {
  FileIdentity identity;  // by path; see model/file.h
  std::string path;       // what `open` takes, and what people are shown
  VersionToken token;
  // When its status changed (ctime). Says nothing of its version; only whether it may be written to
  // still.
  Nanoseconds changed = 0;
};

// An object opened for reading, pinned to the version it had when it was opened. Nothing beyond
// that version's size is ever read; a read that finds it shorter fails as `conflict`.
// Any thread, any number at once.
class SourceFile : public ReadFile {
 public:
  virtual VersionToken token() const = 0;  // of the version opened
  // Succeeds while the object still is the version opened, both through the open descriptor and by
  // its name; or while its name is gone, and it can be read nevertheless. `conflict`: it changed,
  // and the message says how. With os_code EAGAIN: perhaps nothing but its status did; what was
  // read is not to be trusted, but opening and reading it again may show the very same bytes.
  // Called before each commit.
  virtual Result<void> still_pinned() = 0;
};

// Begins the reason for which what the system gave no answer for is passed over.
inline constexpr std::string_view no_answer = "no answer: ";

// Lists in bounded memory, in no order. One thread.
class SourceListing {
 public:
  virtual ~SourceListing() = default;
  // Nothing: the end. An error ends the listing; what it showed before stands.
  virtual Result<std::optional<SourceObject>> next() = 0;
  // What was passed over so far: a reason ("temporary name", "symbolic link", "not a regular
  // file", "name does not match", "permission denied: …", "no answer: …") and how many.
  virtual const std::map<std::string, std::uint64_t>& skipped() const = 0;
};

// What may be missing from a listing, for people; empty: nothing.
inline std::string missing_from(const SourceListing& listing) {
  const auto& skipped = listing.skipped();
  const auto first = skipped.lower_bound(std::string(no_answer));
  return first != skipped.end() && first->first.starts_with(no_answer) ? first->first : "";
}

// Any thread.
class Source {
 public:
  virtual ~Source() = default;
  // Repeatable; a new listing each time. Objects may come and go meanwhile; none is shown twice.
  virtual Result<std::unique_ptr<SourceListing>> list() = 0;
  // One object, as a listing would show it now. The path is absolute, or below the source's folder,
  // if it has one. `invalid`: it lies outside of the source (also by ".." or a link), a listing
  // would pass over it (the message says why, in the words of `skipped`), or it is not there
  // (ENOENT).
  virtual Result<SourceObject> look(const std::string& path) = 0;
  // `invalid` with ENOENT: no longer there. `unavailable` (also EACCES): try again later.
  virtual Result<std::unique_ptr<SourceFile>> open(const std::string& path) = 0;
  // Where the object lies in the file system, for those who put files away; touches nothing.
  // `invalid`: nowhere, it is far away.
  virtual Result<std::string> local_path(const std::string& path) = 0;
};

}  // namespace weir
