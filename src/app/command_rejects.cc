// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/json.h"
#include "app/ledger_pages.h"
#include "app/reject_text.h"
#include "app/session.h"
#include "app/summary.h"
#include "app/wiring.h"
#include "base/text.h"

namespace weir {
namespace {

constexpr std::uint64_t rows_per_page = 1000;

// A listing on its way out, line by line or as JSON.
class RejectList {
 public:
  RejectList(Session& session, bool json)
      : session_(session), is_json_(json), json_(session.output) {
    if (is_json_) {
      json_.begin_object();
      json_.key("rejects").begin_array();
    }
  }

  Result<void> write_all(Store& store, FileSequence file) {
    for (;;) {
      TRY_ASSIGN(const auto rows, store.listings().rejects(file, kept_, rows_per_page));
      for (const RejectRow& row : rows) {
        is_json_ ? write_json(row)
                 : session_.output.line(reject_line(row.path, row.line, row.reject));
      }
      kept_ += rows.size();
      if (rows.size() < rows_per_page) {
        return session_.output.status();
      }
    }
  }

  void end(std::uint64_t rejected) {
    if (is_json_) {
      json_.end_array();
      json_.field("rejected", rejected);
      json_.field("kept", kept_);
      json_.end_object();
      json_.done();
    }
    session_.talk.say(rejected == 0 ? "no bad lines" : counted(rejected, "bad line"));
    if (rejected > kept_) {
      session_.talk.warn(fmt::format(
          "{} of them are kept with place and reason; the others are counted only (rejects.kept)",
          grouped(kept_)));
    }
  }

 private:
  void write_json(const RejectRow& row) {
    json_.begin_object();
    json_.field("file", row.file);
    json_.field("path", row.path);
    json_.key("line");
    row.line ? json_.whole(*row.line) : json_.null();
    json_.field("offset", row.reject.offset);
    json_.field("reason", name(row.reject.reason));
    json_.field("text", row.reject.text);
    json_.end_object();
  }

  Session& session_;
  const bool is_json_;
  JsonWriter json_;
  std::uint64_t kept_ = 0;
};

Result<std::uint64_t> rejected_in_all(Store& store) {
  std::uint64_t rejected = 0;
  TRY(each_file(store, {}, [&rejected](const FileRow& row) -> Result<void> {
    rejected += row.counts.rejected;
    return {};
  }));
  return rejected;
}

}  // namespace

int run_command(Session& session, const RejectsCommand& command) {
  const OpenedStore opened = open_for(session, command.flow, StoreAccess::read);
  if (opened.store == nullptr) {
    return opened.exit;
  }
  FileSequence file = 0;
  auto rejected = Result<std::uint64_t>(0);
  if (command.file.empty()) {
    rejected = rejected_in_all(*opened.store);
  } else if (const auto row = find_file(session.system, *opened.store, command.file)) {
    file = row->sequence;
    rejected = row->counts.rejected;
  } else {
    rejected = row.error();
  }
  if (!rejected) {
    return failed(session, Place::store, rejected.error());
  }
  RejectList list(session, command.json);
  if (const auto written = list.write_all(*opened.store, file); !written) {
    return session.output.status() ? failed(session, Place::store, written.error()) : exit_io;
  }
  list.end(*rejected);
  return exit_done;
}

}  // namespace weir
