// SPDX-License-Identifier: Apache-2.0
// The names in logs: of what happened (`event`), and of what is told about it (`field`). They are
// for programs, and stay as they are; new ones may come. docs/logs.md lists them with these words,
// and tools/check_docs.py holds the two together.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace weir {

namespace event {

// a file is set aside: nothing more of it is counted until someone decides
inline constexpr std::string_view file_set_aside = "file.set_aside";
// an accepted file is given up for now, and is tried again later
inline constexpr std::string_view file_waits = "file.waits";
// a file could not be looked at, and is looked at again later
inline constexpr std::string_view file_unreadable = "file.unreadable";
// a watch counted a file, durably
inline constexpr std::string_view file_counted = "file.counted";
// a counted file could not be moved, archived or deleted; it is tried again
inline constexpr std::string_view file_not_released = "file.not_released";
// a counted file is neither where it was nor where it was to go; its sums stand
inline constexpr std::string_view file_lost = "file.lost";
// what crashed weir earlier cannot be read, or not be noted; it may crash a few times more
inline constexpr std::string_view crashes_unknown = "crashes.unknown";
// two files hold the same bytes, and both are counted
inline constexpr std::string_view file_duplicate = "file.duplicate";
// a file that a running weir was told of was refused, or set aside
inline constexpr std::string_view notice_refused = "notice.refused";
// nobody answers on the socket, or not in time
inline constexpr std::string_view notice_unanswered = "notice.unanswered";
// no file was finished within the time that was given
inline constexpr std::string_view generate_nothing = "generate.nothing";
// so much was told at once that some of it was left out
inline constexpr std::string_view notes_dropped = "notes.dropped";
// the log was full, or nobody read it, and lines are missing before this one
inline constexpr std::string_view log_lost = "log.lost";
// how far a command is
inline constexpr std::string_view progress = "progress";
// a setting, or a key of the flow file, is not right
inline constexpr std::string_view setting_refused = "setting.refused";
// the leases of the pool do not answer; units may be counted by several, and are committed once
inline constexpr std::string_view leases_unreachable = "leases.unreachable";
// Redis does not answer: the workers of the pool agree in the store meanwhile
inline constexpr std::string_view leases_in_store = "leases.in_store";
// Redis answers again
inline constexpr std::string_view leases_answer = "leases.answer";
// a command gave up
inline constexpr std::string_view command_failed = "command.failed";
// a pass is over: what it counted
inline constexpr std::string_view ingest_done = "ingest.done";
// a pass found bad lines
inline constexpr std::string_view ingest_rejects = "ingest.rejects";
// a pass set files aside
inline constexpr std::string_view ingest_set_aside = "ingest.set_aside";
// a pass could not read files that wait
inline constexpr std::string_view ingest_waits = "ingest.waits";
// a pass drained and left on request
inline constexpr std::string_view ingest_stopped = "ingest.stopped";
// a watch has begun
inline constexpr std::string_view watch_started = "watch.started";
// whether the system tells of all arrivals has changed; if it does not, scans find them
inline constexpr std::string_view watch_hears = "watch.hears";
// the store cannot be reached: the watch waits, and tries again
inline constexpr std::string_view watch_outage = "watch.outage";
// a folder cannot be listed: the watch goes on, and tries again
inline constexpr std::string_view watch_cannot_list = "watch.cannot_list";
// the settings were read again
inline constexpr std::string_view watch_reloaded = "watch.reloaded";
// the watch has drained, and leaves
inline constexpr std::string_view watch_stopped = "watch.stopped";
// a watch could not roll up history, or check the books; it tries again
inline constexpr std::string_view upkeep_failed = "upkeep.failed";
// the books do not balance: one of them
inline constexpr std::string_view books_off = "books.off";
// anything else that a command says to people
inline constexpr std::string_view message = "message";

}  // namespace event

namespace field {

// path of a file
inline constexpr std::string_view path = "path";
// number of a file in the ledger
inline constexpr std::string_view file = "file";
// why
inline constexpr std::string_view reason = "reason";
// path of the file with the same bytes that came first
inline constexpr std::string_view duplicate_of = "duplicate_of";
// where a file was to go
inline constexpr std::string_view target = "target";
// where a setting was given
inline constexpr std::string_view where = "where";
// how many notes were left out
inline constexpr std::string_view dropped = "dropped";
// exit code of the command
inline constexpr std::string_view exit_code = "exit_code";
// how many files
inline constexpr std::string_view files = "files";
// how many files were found, as far as is known
inline constexpr std::string_view files_found = "files_found";
// stored bytes
inline constexpr std::string_view bytes = "bytes";
// stored bytes that were found, as far as is known
inline constexpr std::string_view bytes_found = "bytes_found";
// how many lines
inline constexpr std::string_view lines = "lines";
// how many of them were bad
inline constexpr std::string_view rejects = "rejects";
// how many rows of totals were written
inline constexpr std::string_view keys = "keys";
// how many transactions
inline constexpr std::string_view commits = "commits";
// how long it took
inline constexpr std::string_view seconds = "seconds";

// Those that are numbers in JSON; the others are texts.
inline constexpr std::array numbers = {file,  dropped,     exit_code, files, files_found, bytes,
                                       lines, bytes_found, rejects,   keys,  commits,     seconds};
constexpr bool is_number(std::string_view name) {
  return std::find(numbers.begin(), numbers.end(), name) != numbers.end();
}

}  // namespace field

}  // namespace weir
