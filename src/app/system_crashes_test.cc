// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>
#include <vector>

#include "app/system.h"
#include "support/temporary_folder.h"

namespace weir {
namespace {

constexpr Matter mine{.version = 0x00000000000000ff, .part = 12};
constexpr Matter anothers{.version = 0xffffffffffffffff, .part = -1};

class CrashTest : public ::testing::Test {
 protected:
  // The signal that ends a process of its own, which has a witness.
  int signal_of(const std::function<void(Witness&)>& body) {
    const pid_t child = fork();
    if (child == 0) {
      auto witness = crash_witness(path_);
      body(**witness);
      witness->reset();
      _exit(0);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }

  std::string noted() {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  testing::TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/crashes";
};

// fault 17 (what the crashing thread had in hand, and nothing else)
TEST_F(CrashTest, OnlyWhatTheCrashingThreadHadInHandIsNoted) {
  EXPECT_EQ(signal_of([](Witness& witness) {
              const InHand in_hand(&witness, anothers);
              std::thread([&witness] {
                const InHand here(&witness, mine);
                abort();
              }).join();
            }),
            SIGABRT);
  EXPECT_EQ(noted(), "\nsignal 6 on 00000000000000ff 12\n");
  EXPECT_EQ(signal_of([](Witness& witness) {
              const InHand in_hand(&witness, anothers);
              raise(SIGFPE);
            }),
            SIGFPE);
  EXPECT_EQ(noted(), "\nsignal 6 on 00000000000000ff 12\n\nsignal 8 on ffffffffffffffff -1\n");
}

TEST_F(CrashTest, WhoHasNothingInHandIsNotNoted) {
  EXPECT_EQ(signal_of([](Witness& witness) {
              {
                const InHand in_hand(&witness, mine);
              }
              const InHand without(nullptr, mine);
              std::thread other([&witness] {
                const InHand in_hand(&witness, anothers);
                pause();
              });
              abort();
            }),
            SIGABRT);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(CrashTest, WhatAnotherProcessSendsIsNotNoted) {
  EXPECT_EQ(signal_of([](Witness& witness) {
              const InHand in_hand(&witness, mine);
              const pid_t self = getpid();
              if (fork() == 0) {
                kill(self, SIGABRT);
                _exit(0);
              }
              pause();
            }),
            SIGABRT);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(CrashTest, AWitnessThatGoesLeavesTheSignalsAsTheyWere) {
  struct sigaction before = {};
  struct sigaction after = {};
  sigaction(SIGILL, nullptr, &before);
  EXPECT_TRUE(crash_witness(path_));
  sigaction(SIGILL, nullptr, &after);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
}

TEST_F(CrashTest, AFileThatCannotBeWrittenChangesNothingElse) {
  std::filesystem::create_directory(path_);
  EXPECT_EQ(signal_of([](Witness& witness) {
              const InHand in_hand(&witness, mine);
              abort();
            }),
            SIGABRT);
}

TEST_F(CrashTest, MoreWorkersThanThereArePlacesAreNoMistake) {
  auto witness = crash_witness(path_);
  ASSERT_TRUE(witness);
  std::vector<int> places;
  for (int place = 0; place >= 0 && places.size() < 100'000;) {
    place = (*witness)->take_up(mine);
    places.push_back(place);
  }
  EXPECT_EQ(places.back(), -1);
  (*witness)->put_down(places.front());
  EXPECT_EQ((*witness)->take_up(mine), places.front());
}

}  // namespace
}  // namespace weir
