// SPDX-License-Identifier: Apache-2.0
// The progress display over simulated time: what it shows when, and that it holds up nobody (the
// simulation stops where a seam is called while a monitor is held).
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "app/progress.h"
#include "cli/command_line.h"
#include "support/simulation.h"

namespace weir::testing {
namespace {

constexpr Nanoseconds second = 1'000'000'000;

struct Shown {
  bool terminal = false;
  TalkFlags flags = {};
};

// Runs a body beside a display; what was said, seed after seed the same.
class Showing {
 public:
  using Body = std::function<void(Simulation&, Display&, const std::string& said)>;

  static std::string run(std::uint64_t seed, const Shown& shown, const Body& body) {
    TextWriter said;
    Simulation simulation(seed);
    simulation.run([&] {
      Process& process = simulation.start_process("weir");
      const auto files = disk_file_system();
      BytesFile input("");
      TextWriter out;
      Reload reload;
      System system{.machine = {process.clock(), process.random(), process.tasks(), *files},
                    .environment = {},
                    .input = input,
                    .output = {.writer = out},
                    .talk = {.writer = said, .terminal = shown.terminal},
                    .stop = process.stop(),
                    .reload = reload};
      Talk talk(system.talk, process.clock(), {});
      Output output(system.output);
      Session session{system, shown.flags, talk, output};
      Display display(session);
      body(simulation, display, said.text);
      display.finish();
    });
    return said.text;
  }
};

void read_half(Display& display) {
  display.progress().listing = false;
  display.progress().bytes_found = 2000;
  display.progress().bytes_read = 1000;
  display.progress().files_found = 2;
}

TEST(DisplayInTime, DrawsItsLineAFewTimesASecondOnATerminal) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::string said = Showing::run(
        seed, {.terminal = true}, [](Simulation& simulation, Display& display, const std::string&) {
          read_half(display);
          simulation.pause(second);
        });
    EXPECT_TRUE(has(said, "\r[==========>         ]  50 %  1000 B of 2.0 KiB"));
    EXPECT_TRUE(said.ends_with("\r\x1b[K")) << "the line is taken away";
    const auto draws = std::count(said.begin(), said.end(), '%');
    EXPECT_GE(draws, 4);
    EXPECT_LE(draws, 6);
  }
}

TEST(DisplayInTime, SaysASentenceEveryTenSecondsElsewhere) {
  const std::string said =
      Showing::run(1, {}, [](Simulation& simulation, Display& display, const std::string&) {
        read_half(display);
        simulation.pause(35 * second);
      });
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 3);
  EXPECT_TRUE(said.starts_with("50 %: 2 files, 1000 B, "));
}

TEST(DisplayInTime, ShowsNothingWhereNobodyWantsIt) {
  for (const TalkFlags flags : {TalkFlags{.quiet = true}, TalkFlags{.no_progress = true}}) {
    for (const bool terminal : {true, false}) {
      const std::string said = Showing::run(
          1, {terminal, flags}, [](Simulation& simulation, Display& display, const std::string&) {
            read_half(display);
            simulation.pause(60 * second);
          });
      EXPECT_EQ(said, "");
    }
  }
}

TEST(DisplayInTime, SaysWhatIsNotedWithinASecondAboveItsLine) {
  Showing::run(1, {.terminal = true},
               [](Simulation& simulation, Display& display, const std::string& said) {
                 read_half(display);
                 simulation.pause(second);
                 display.notes()({.severity = Severity::warning, .text = "bad.txt is set aside"});
                 simulation.pause(second);
                 EXPECT_TRUE(has(said, "\r\x1b[Kweir: warning: bad.txt is set aside\n\r["));
               });
}

}  // namespace
}  // namespace weir::testing
