// SPDX-License-Identifier: Apache-2.0
// Where a database lies: its path, and the marker beside it. The marker is the lock that keeps a
// second writing process out, and the witness that a database was here: it holds the incarnation.
//
//   marker    database   what it means
//   none      none       never was: make it
//   empty     any        a first start was interrupted, or is under way: go on
//   none      there      the marker was lost, or the database is older than weir: write the marker
//   filled    there      must be of one incarnation
//   filled    none       the database vanished: stop
//
// Private to this folder.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir {

// The marker's path.
std::string marker_path(const std::string& database_path);

// Absolute, links resolved, as far as it is there; the last part may be missing. `invalid`: its
// folder is missing, or on a network file system.
Result<std::string> database_place(const std::string& path);

// The name of a file system that several machines may share, where WAL's shared memory and locks do
// not hold; empty for others. See base/file_system_type.h.
std::string_view network_file_system(long magic);  // statfs f_type

bool is_there(const std::string& path);  // and holds a byte
// Differs where the file was written to or replaced in between; empty: it is not there.
std::string file_stamp(const std::string& path);
bool is_writable_folder(const std::string& path);
std::string folder_of(const std::string& path);

// The incarnation in the marker, without its lock; empty: no marker, or none in it yet.
Result<std::string> read_marker(const std::string& database_path);

// Held until destroyed, or until the process ends.
class SqliteMarker {
 public:
  // Makes it where it is missing. `conflict`: another process holds it.
  static Result<std::unique_ptr<SqliteMarker>> lock(const std::string& database_path);
  ~SqliteMarker();
  SqliteMarker(const SqliteMarker&) = delete;
  SqliteMarker& operator=(const SqliteMarker&) = delete;

  const std::string& incarnation() const { return incarnation_; }
  // Durable on return. Nothing happens where it says so already.
  Result<void> fill(const std::string& incarnation);

 private:
  SqliteMarker(int descriptor, std::string path, std::string incarnation);

  const int descriptor_;
  const std::string path_;
  std::string incarnation_;
};

// Compares the two, see the picture above. `corrupt`, with what to do.
Result<void> check_incarnation(const std::string& database_path, const std::string& in_database,
                               const std::string& in_marker);

}  // namespace weir
