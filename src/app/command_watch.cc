// SPDX-License-Identifier: Apache-2.0
// The service: one watch after another (a new one for settings that were read again), beside the
// socket on which it is told of files.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/notice_desk.h"
#include "app/pool.h"
#include "app/progress.h"
#include "app/reload.h"
#include "app/service_notice.h"
#include "app/session.h"
#include "app/summary.h"
#include "app/wiring.h"
#include "base/text.h"
#include "flow/events.h"
#include "flow/watch.h"
#include "source/arrivals.h"
#include "source/directory.h"

namespace weir {
namespace {

constexpr Nanoseconds second = 1'000'000'000;

// What a service consists of. Borrows the session.
class Service {
 public:
  Service(Session& session, const WatchCommand& command, FlowSettings settings)
      : session_(session),
        command_(command),
        settings_(std::make_shared<const FlowSettings>(std::move(settings))),
        monitor_(session.system.machine.tasks.monitor()),
        notice_(session.system),
        desk_(session.system.machine.tasks, [this](const auto& arguments) {
          const auto lent = this->settings();
          return carry_out(session_.system, {.store = *store_, .settings = *lent}, arguments);
        }) {}

  int run();

 private:
  Result<void> open();
  Result<void> watch(Display& display);
  std::shared_ptr<const FlowSettings> settings();
  void put_settings(FlowSettings settings);
  void reload(Display& display);
  Result<ReloadedSettings> read_again(const Notes& notes);
  void alive(const WatchStatus& status, const Arrivals& arrivals, const Notes& notes);
  void tell_start(const Notes& notes);
  void tell_end(Display& display);

  Session& session_;
  const WatchCommand& command_;
  std::shared_ptr<const FlowSettings> settings_;  // changed by a reload; others keep what they took
  const std::unique_ptr<Monitor> monitor_;        // over it
  ServiceNotice notice_;
  OpenedSource source_;
  std::unique_ptr<Store> store_;
  NoticeDesk desk_;  // goes before the store that it works on
  WatchStatus last_;
  Nanoseconds status_due_ = 0;
  std::string deaf_told_;  // why arrivals are not all heard of
  bool ready_ = false;
  bool started_ = false;
};

std::shared_ptr<const FlowSettings> Service::settings() {
  const Held held(*monitor_);
  return settings_;
}

void Service::put_settings(FlowSettings settings) {
  auto fresh = std::make_shared<const FlowSettings>(std::move(settings));
  const Held held(*monitor_);
  settings_ = std::move(fresh);
}

Result<void> Service::open() {
  FlowSettings settings = *settings_;
  TRY_ASSIGN(source_, open_source(session_.system, settings.source));
  TRY(check_pool(settings));
  TRY(prepare_release(session_.system, settings.source));
  TRY_ASSIGN(settings.fold.spill_folder, spill_folder_of(session_.system, settings));
  TRY_ASSIGN(store_, open_prepared_store(session_, settings));
  TRY_ASSIGN(const std::string socket, socket_of(session_.system, settings));
  put_settings(std::move(settings));
  return desk_.open(socket);
}

int Service::run() {
  if (auto opened = open(); !opened) {
    return failed(session_, place_of_opening(*settings(), opened.error()), opened.error());
  }
  TalkFlags flags = session_.flags;
  flags.no_progress = true;  // it never ends
  Session talking{session_.system, flags, session_.talk, session_.output, session_.arguments};
  session_.talk.run_as_service();
  Display display(talking);
  Result<void> ended;
  session_.system.reload.listen();
  while (ended && !session_.system.stop.requested()) {
    ended = watch(display);
    if (session_.system.reload.take() && !session_.system.stop.requested()) {
      reload(display);
    }
  }
  notice_.stopping();
  display.finish();
  if (!ended) {
    return failed(session_, Place::store, ended.error());
  }
  tell_end(display);
  return exit_done;
}

// Until a stop, or a wish to reload.
Result<void> Service::watch(Display& display) {
  const Machine machine = source_.seen_from(session_.system.machine);
  Stop round(session_.system.stop);
  const Notes notes = display.notes();
  const auto settings = this->settings();
  const auto poison = recalled_poison(session_.system, *settings, notes);
  const auto arrivals = hear_directories(machine.files, machine.clock,
                                         {.paths = settings->source.paths,
                                          .id = settings->source.id,
                                          .match = settings->source.match});
  TRY_ASSIGN(const auto leases, open_leases(session_.system, *settings, notes));
  const auto shares = leases
                          ? std::make_unique<Shares>(Shares::Options{.machine = machine,
                                                                     .leases = *leases,
                                                                     .notes = notes,
                                                                     .lasts = settings->pool.lasts})
                          : nullptr;
  Watch watch(
      {.machine = machine,
       .source = *source_.source,
       .arrivals = *arrivals,
       .store = *store_,
       .settings = *settings,
       .progress = display.progress(),
       .notes = notes,
       .stop = round,
       .alive =
           [&](const WatchStatus& status) {
             if (!std::exchange(ready_, true)) {
               notice_.ready();  // it listens, and the database is open; a scan may take hours
             }
             if (status.scans > 0 && !std::exchange(started_, true)) {
               tell_start(notes);
             }
             alive(status, *arrivals, notes);
             if (session_.system.reload.pending()) {
               round.request();
             }
           },
       .poison = poison.get(),
       .shares = shares.get()});
  const NoticeDesk::Attended attended(desk_, watch);
  return watch.run();
}

// Called every moment while the watch is well: also when it waits for its store.
void Service::alive(const WatchStatus& status, const Arrivals& arrivals, const Notes& notes) {
  last_ = status;
  notice_.alive();
  const Nanoseconds now = session_.system.machine.clock.monotonic();
  const std::string deaf = arrivals.hears_all() ? "" : arrivals.why_not();
  if (status_due_ != 0 && deaf != deaf_told_) {  // not at first: it has only begun to listen
    deaf_told_ = deaf;
    notes({.severity = Severity::info,
           .event = event::watch_hears,
           .text = deaf.empty() ? "the system tells of all arrivals again"
                                : "only scans find some of what comes: " + deaf,
           .fields = {{field::reason, deaf}}});
  }
  if (now >= status_due_) {
    status_due_ = now + 10 * second;
    notice_.status(fmt::format("{}{} files counted, {} under way; the last scan saw {} files",
                               status.store_reached ? "" : "the store is out of reach; ",
                               grouped(status.files_counted), grouped(status.files_under_way),
                               grouped(status.files_seen)));
  }
}

// What can be changed while it runs is taken over; for the rest it says so, and keeps the old.
void Service::reload(Display& display) {
  notice_.reloading();
  const Notes notes = display.notes();
  auto reloaded = read_again(notes);
  if (!reloaded) {
    notes({.severity = Severity::error,
           .event = event::watch_reloaded,
           .text = "the settings stay as they were: " + reloaded.error().message,
           .fields = {{field::reason, reloaded.error().message}}});
  } else {
    for (const std::string& key : reloaded->need_restart) {
      notes({.severity = Severity::warning,
             .event = event::watch_reloaded,
             .text = key + " has changed: it needs a restart, and stays as it was"});
    }
    display.take_log(reloaded->settings.log);
    put_settings(std::move(reloaded->settings));
    notes({.event = event::watch_reloaded, .text = "the settings were read again"});
  }
  notice_.ready();
}

Result<ReloadedSettings> Service::read_again(const Notes& notes) {
  TRY_ASSIGN(const LoadedFlow loaded, load_flow(session_.system, command_.flow));
  for (const Complaint& complaint : loaded.complaints) {
    notes({.severity = Severity::error,
           .event = event::setting_refused,
           .text = complaint.where + ": " + complaint.text,
           .fields = {{field::where, complaint.where}}});
  }
  if (!loaded.complaints.empty()) {
    return Error{ErrorKind::invalid, "see above"};
  }
  ReloadedSettings reloaded = reload_settings(*settings_, loaded.settings);
  int& jobs = reloaded.settings.jobs;
  jobs = jobs == 0 ? session_.system.cores : jobs;
  TRY(prepare_release(session_.system, reloaded.settings.source));
  return reloaded;
}

void Service::tell_start(const Notes& notes) {
  std::string folders;
  for (const std::string& path : settings_->source.paths) {
    folders += (folders.empty() ? "" : ", ") + escaped(path);
  }
  notes({.severity = Severity::info,
         .event = event::watch_started,
         .text = fmt::format("watching {}; totals go to {}, notices to {}", folders,
                             shown_store(*settings_), escaped(desk_.path())),
         .fields = {{field::path, folders}}});
}

void Service::tell_end(Display& display) {
  const Progress& progress = display.progress();
  session_.talk.tell(
      {.event = event::watch_stopped,
       .text = fmt::format("stopped on request: {} counted, {} in {}; what is counted stands",
                           counted(progress.files_done, "file"),
                           counted(progress.lines_done, "line"), seconds_text(display.seconds())),
       .fields = {{field::files, std::to_string(progress.files_done)},
                  {field::lines, std::to_string(progress.lines_done)}}});
}

}  // namespace

int run_command(Session& session, const WatchCommand& command) {
  ReadyFlow flow = ready_flow(session, command.flow);
  if (flow.exit != exit_done) {
    return flow.exit;
  }
  if (const int code = check_countable(session, flow.loaded.settings, "watch"); code != exit_done) {
    return code;
  }
  return Service(session, command, std::move(flow.loaded.settings)).run();
}

}  // namespace weir
