// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cerrno>

#include "app/generate_options.h"
#include "app/json.h"
#include "app/notifier.h"
#include "app/progress.h"
#include "app/session.h"
#include "app/summary.h"
#include "app/totals_text.h"
#include "base/text.h"
#include "flow/generate.h"

namespace weir {
namespace {

// A new file as a stream.
class FileWriter final : public ByteWriter {
 public:
  explicit FileWriter(WriteFile& file) : file_(file) {}
  Result<void> write(std::string_view bytes) override { return file_.write(bytes); }

 private:
  WriteFile& file_;
};

Result<void> write_totals_to(Output& output, const GenerateOptions& options,
                             const GenerateSummary& summary) {
  TRY(write_generated_totals(options, summary, [&output](std::span<const SumEntry> entries) {
    write_totals(output, entries);
    return output.status();
  }));
  return output.flush();
}

// A file that is there is replaced, once the new one is whole.
Result<void> write_totals_file(System& system, const std::string& path,
                               const GenerateOptions& options, const GenerateSummary& summary) {
  FileSystem& files = system.machine.files;
  const std::string temporary = fmt::format("{}.{:016x}.tmp", path, system.machine.random.next());
  TRY_ASSIGN(auto file, files.create(temporary));
  FileWriter writer(*file);
  OutStream stream{.writer = writer};
  Output output(stream);
  auto written = write_totals_to(output, options, summary);
  file.reset();
  if (written) {
    written = files.rename(temporary, path);
  }
  if (!written) {
    static_cast<void>(files.remove(temporary));
  }
  return written;
}

void write_counts(JsonWriter& json, const NoticeCounts& counts) {
  json.key("notified").begin_object();
  json.field("accepted", counts.accepted);
  json.field("known", counts.known);
  json.field("refused", counts.refused);
  json.field("unanswered", counts.unanswered);
  json.end_object();
}

void write_json(Output& output, const GenerateSummary& summary, const NoticeCounts* notified,
                double seconds) {
  JsonWriter json(output);
  json.begin_object();
  json.key("summary").begin_object();
  json.field("files", summary.files);
  json.field("lines", summary.counts.lines());
  json.field("good", summary.counts.good);
  json.field("blank", summary.counts.blank);
  json.key("bad").begin_object();
  for (const auto& [reason, number] : summary.bad) {
    json.field(name(reason), number);
  }
  json.end_object();
  json.field("bytes", summary.bytes);
  json.field("bytes_stored", summary.bytes_stored);
  json.key("stopped").truth(summary.stopped);
  json.key("seconds").fraction(seconds);
  if (notified != nullptr) {
    write_counts(json, *notified);
  }
  json.end_object();
  json.end_object();
  json.done();
}

void tell_notified(Talk& talk, const NoticeCounts& counts) {
  const std::string text =
      fmt::format("told of {}: {} accepted, {} known, {} refused, {} unanswered",
                  counted(counts.all(), "file"), grouped(counts.accepted), grouped(counts.known),
                  grouped(counts.refused), grouped(counts.unanswered));
  if (counts.refused + counts.unanswered > 0) {
    talk.warn(text);
  } else {
    talk.say(text);
  }
}

void tell(Session& session, const std::string& folder, const GenerateSummary& summary,
          double seconds) {
  std::string text = fmt::format("wrote {} to {}: {}, {} bad, {}", counted(summary.files, "file"),
                                 escaped(folder), counted(summary.counts.lines(), "line"),
                                 grouped(summary.counts.rejected), bytes_text(summary.bytes));
  if (summary.bytes_stored != summary.bytes) {
    text += fmt::format(" ({} stored)", bytes_text(summary.bytes_stored));
  }
  session.talk.say(text + ", " + seconds_text(seconds));
  if (summary.stopped) {
    session.talk.say("stopped on request; the file that was begun is not there");
  }
}

// The folder is there when the first file is, and then has an absolute path.
void tell_of(FileTeller& teller, FileSystem& files, const std::string& file) {
  const auto path = notice_path(files, file);
  teller.tell(path ? *path : file);
}

Result<GenerateSummary> make_files(Session& session, Display& display,
                                   const GenerateOptions& options) {
  Progress& progress = display.progress();
  progress.files_found = options.files;
  progress.bytes_found = options.files * options.bytes_per_file;
  progress.listing = progress.bytes_found == 0;
  const auto watch = [&progress](const GenerateProgress& now) {
    progress.bytes_read = now.bytes;
    progress.files_done = now.files;
    progress.lines_done = now.lines;
    progress.files_found = std::max<std::uint64_t>(progress.files_found, now.files);
  };
  return generate(session.system.machine, options, watch, display.notes(), session.system.stop);
}

// A folder that is nowhere, options that do not go together, or a disk.
Place place_of(const Error& error) {
  if (error.kind != ErrorKind::invalid) {
    return Place::output;
  }
  return error.os_code == ENOENT ? Place::source : Place::usage;
}

}  // namespace

int run_command(Session& session, const GenerateCommand& command) {
  auto options = generate_options(command);
  if (!options) {
    return failed(session, Place::usage, options.error());
  }
  if (command.json && command.totals == "-") {
    return failed(session, Place::usage,
                  {ErrorKind::invalid, "--json and --totals - both want standard output"});
  }
  Display display(session);
  const Notes notes = display.notes();
  FileTeller teller(session.system, command.notify, notes);
  const bool telling = !command.notify.empty();
  if (telling) {
    options->finished = [&](const std::string& file) {
      tell_of(teller, session.system.machine.files, file);
    };
  }
  const auto summary = make_files(session, display, *options);
  const double seconds = display.seconds();
  display.finish();
  if (!summary) {
    return failed(session, place_of(summary.error()), summary.error());
  }
  auto written = Result<void>();
  if (command.totals == "-") {
    written = write_totals_to(session.output, *options, *summary);
  } else if (!command.totals.empty()) {
    written = write_totals_file(session.system, command.totals, *options, *summary);
  }
  if (!written) {
    return session.output.status() ? failed(session, Place::output, written.error()) : exit_io;
  }
  tell(session, options->folder, *summary, seconds);
  if (telling) {
    tell_notified(session.talk, teller.counts());
  }
  if (command.json) {
    write_json(session.output, *summary, telling ? &teller.counts() : nullptr, seconds);
  }
  return exit_done;
}

}  // namespace weir
