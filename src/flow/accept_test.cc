// SPDX-License-Identifier: Apache-2.0
// What is accepted while other lanes count.
#include "flow/accept.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "flow/events.h"
#include "io/faulty.h"
#include "io/memory.h"
#include "source/directory.h"
#include "store/memory.h"
#include "support/store_cases.h"
#include "support/world.h"

namespace weir {
namespace {

// fault 32 (part: in the very moment in which it is counted)
TEST(AcceptTest, AFileThatIsCountedWhileItsChangeIsJudgedWaitsForTheNextPass) {
  const auto random = seeded_random(1);
  const auto tasks = thread_tasks();
  const auto files = memory_file_system(system_clock());
  const Machine machine{system_clock(), *random, *tasks, *files};
  const auto store =
      open_memory_store(memory_database(KeyKind::integer), system_clock(), *tasks, "usage");
  ASSERT_TRUE(store->schema().prepare());
  files->put("/in/a", "1 10\n");
  const auto source = open_directory_source(*files, {.paths = {"/in"}});
  ASSERT_TRUE(source);
  const FlowSettings settings;
  const Notes notes = [](const Note&) {};
  const Stop stop;
  const auto look = [&] { return std::vector{*(*source)->look("/in/a")}; };
  std::function<void()> meanwhile = [] {};
  Acceptor acceptor({.machine = machine,
                     .source = **source,
                     .store = *store,
                     .settings = settings,
                     .notes = notes,
                     .stop = stop,
                     .ready = [&](const SourceObject&) {
                       meanwhile();
                       return true;
                     }});
  const auto first = acceptor.accept(look());
  ASSERT_TRUE(first);
  const FileSequence file = first->verdicts.at(0).file;

  files->replace("/in/a", "1 99\n2 5\n");
  meanwhile = [&] {
    testing::OwnedBatch batch;
    batch.add({.file = file, .number = 0}, testing::sums_of({{1, 10}}));
    EXPECT_TRUE(batch.commit_to(*store));
  };
  const auto second = acceptor.accept(look());
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->verdicts.at(0).standing, Verdict::Standing::later);
  EXPECT_TRUE(second->files.empty());

  meanwhile = [] {};
  const auto third = acceptor.accept(look());
  ASSERT_TRUE(third);
  EXPECT_EQ(third->verdicts.at(0).standing, Verdict::Standing::set_aside);
  EXPECT_TRUE(third->verdicts.at(0).reason.starts_with("changed: after it was counted"));
}

TEST(AcceptTest, AFileIsRememberedOnceItIsCountedUntilItChangesOrIsForgotten) {
  const auto random = seeded_random(1);
  const auto tasks = thread_tasks();
  const auto files = memory_file_system(system_clock());
  const Machine machine{system_clock(), *random, *tasks, *files};
  const auto store =
      open_memory_store(memory_database(KeyKind::integer), system_clock(), *tasks, "usage");
  ASSERT_TRUE(store->schema().prepare());
  files->put("/in/a", "1 10\n");
  const auto source = open_directory_source(*files, {.paths = {"/in"}});
  const FlowSettings settings;
  const Notes notes = [](const Note&) {};
  const Stop stop;
  Acceptor acceptor({.machine = machine,
                     .source = **source,
                     .store = *store,
                     .settings = settings,
                     .notes = notes,
                     .stop = stop,
                     .remembers = true});
  const auto look = [&] { return *(*source)->look("/in/a"); };
  const auto accepted = acceptor.accept({look()});
  ASSERT_TRUE(accepted);
  EXPECT_FALSE(acceptor.remembers(look()));  // it waits to be counted

  testing::OwnedBatch batch;
  batch.add({.file = accepted->verdicts.at(0).file, .number = 0}, testing::sums_of({{1, 10}}));
  ASSERT_TRUE(batch.commit_to(*store));
  EXPECT_FALSE(acceptor.remembers(look()));  // nobody has asked the ledger since
  ASSERT_TRUE(acceptor.accept({look()}));
  EXPECT_TRUE(acceptor.remembers(look()));

  acceptor.forget();
  EXPECT_FALSE(acceptor.remembers(look()));
  ASSERT_TRUE(acceptor.accept({look()}));
  EXPECT_TRUE(acceptor.remembers(look()));
  files->replace("/in/a", "1 99\n2 5\n");
  EXPECT_FALSE(acceptor.remembers(look()));
  const auto changed = acceptor.accept({look()});
  EXPECT_EQ(changed->verdicts.at(0).standing, Verdict::Standing::set_aside);
  EXPECT_FALSE(acceptor.remembers(look()));  // set aside: a person may say that it is tried again
}

// fault 51 (what a watch says of a file that does not answer, scan after scan)
TEST(AcceptTest, WhyAFileCannotBeReadIsToldOnce) {
  const auto random = seeded_random(1);
  const auto tasks = thread_tasks();
  const auto files = memory_file_system(system_clock());
  const auto dead =
      nth_call_fault({.kinds = {FileCall::open}, .os_code = ETIMEDOUT, .and_all_later = true});
  const auto dead_files = faulty_file_system(*files, *dead);
  const Machine machine{system_clock(), *random, *tasks, *dead_files};
  const auto store =
      open_memory_store(memory_database(KeyKind::integer), system_clock(), *tasks, "usage");
  ASSERT_TRUE(store->schema().prepare());
  files->put("/in/a", "1 10\n");
  const auto source = open_directory_source(*dead_files, {.paths = {"/in"}});
  ASSERT_TRUE(source);
  const FlowSettings settings;
  int told = 0;
  const Notes notes = [&](const Note& note) { told += note.event == event::file_unreadable; };
  const Stop stop;
  Acceptor acceptor({.machine = machine,
                     .source = **source,
                     .store = *store,
                     .settings = settings,
                     .notes = notes,
                     .stop = stop});
  for (int scans = 0; scans < 3; ++scans) {
    const auto accepted = acceptor.accept({*(*source)->look("/in/a")});
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->verdicts.at(0).standing, Verdict::Standing::later);
  }
  EXPECT_EQ(told, 1);
  EXPECT_EQ(acceptor.counts().unanswered, 3U);
}

// fault 32 (seen before it changed, and looked up after another worker had counted it)
TEST(AcceptTest, AnOldLookAtAFileDoesNotSetItAside) {
  const auto random = seeded_random(1);
  const auto tasks = thread_tasks();
  const auto files = memory_file_system(system_clock());
  const Machine machine{system_clock(), *random, *tasks, *files};
  const auto store =
      open_memory_store(memory_database(KeyKind::integer), system_clock(), *tasks, "usage");
  ASSERT_TRUE(store->schema().prepare());
  files->put("/in/.keep", "");
  const auto source = open_directory_source(*files, {.paths = {"/in"}});
  FlowSettings settings;
  const Notes notes = [](const Note&) {};
  const Stop stop;
  for (const OnChange on_change : {OnChange::quarantine, OnChange::count_anew, OnChange::replace}) {
    settings.source.on_change = on_change;
    const std::string path = "/in/" + std::to_string(static_cast<int>(on_change));
    files->put(path, "1 1\n");
    const SourceObject old = *(*source)->look(path);
    files->replace(path, "");
    Acceptor acceptor({machine, **source, *store, settings, notes, stop});
    ASSERT_TRUE(acceptor.accept({*(*source)->look(path)}));  // empty: done at once
    const auto accepted = acceptor.accept({old});
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->verdicts.at(0).standing, Verdict::Standing::later);
  }
  const auto rows = store->listings().files({});
  ASSERT_TRUE(rows);
  for (const FileRow& row : *rows) {
    EXPECT_EQ(row.state, FileState::done);
    EXPECT_EQ(row.token.size, 0U);
  }
}

// fault 63 (what a watch remembers)
TEST(AcceptTest, AFileIsRememberedUntilTheLedgerFallsBackBehindIt) {
  const auto random = seeded_random(1);
  const auto tasks = thread_tasks();
  const auto files = memory_file_system(system_clock());
  const Machine machine{system_clock(), *random, *tasks, *files};
  const auto database = memory_database(KeyKind::integer);
  auto store = open_memory_store(database, system_clock(), *tasks, "usage");
  ASSERT_TRUE(store->schema().prepare());
  const auto replica = copy_of(*database);
  files->put("/in/a", "");
  const auto source = open_directory_source(*files, {.paths = {"/in"}});
  ASSERT_TRUE(source);
  const FlowSettings settings;
  const Notes notes = [](const Note&) {};
  const Stop stop;
  testing::Connection connection;
  connection.connect(*store, nullptr);
  Acceptor acceptor({.machine = machine,
                     .source = **source,
                     .store = connection,
                     .settings = settings,
                     .notes = notes,
                     .stop = stop,
                     .remembers = true});
  const SourceObject object = *(*source)->look("/in/a");
  ASSERT_TRUE(acceptor.look_back());
  ASSERT_TRUE(acceptor.accept({object}));  // empty: done at once
  ASSERT_TRUE(acceptor.look_back());
  EXPECT_TRUE(acceptor.remembers(object));
  const auto promoted = open_memory_store(replica, system_clock(), *tasks, "usage");
  connection.connect(*promoted, nullptr);
  ASSERT_TRUE(acceptor.look_back());
  EXPECT_FALSE(acceptor.remembers(object));
}

}  // namespace
}  // namespace weir
