// SPDX-License-Identifier: Apache-2.0
#include "run/watchdog.hpp"

#include <gmock/gmock.h>

#include <thread>

#include "core/activity.hpp"

namespace zerogap {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(WatchdogWords, NameTheStepAndWhoIsMissing) {
  const std::string step = "step 12 of the dual, summing the gradient";
  const std::string words =
      watchdog_message(20.0, step,
                       {{1, "node1", Liveness::answered, step},
                        {2, "node2", Liveness::silent, ""},
                        {3, "node2", Liveness::silent, ""},
                        {4, "node3", Liveness::gone, ""},
                        {5, "node3", Liveness::stuck, ""},
                        {6, "node4", Liveness::answered, "the checkpoint after epoch 2, writing it"}});
  EXPECT_THAT(words, HasSubstr("no progress for 20 s in step 12 of the dual, summing the gradient ("));
  EXPECT_THAT(words, HasSubstr("host node2 with ranks 2, 3 does not answer"));
  EXPECT_THAT(words, HasSubstr("rank 4 on host node3 is gone"));
  EXPECT_THAT(words, HasSubstr("rank 5 on host node3 stands still"));
  EXPECT_THAT(words, HasSubstr("rank 6 is in 'the checkpoint after epoch 2, writing it' on host node4"));
  EXPECT_THAT(words, Not(HasSubstr("node1")));
  EXPECT_THAT(words, HasSubstr("); start again with --resume"));
}

TEST(WatchdogWords, SayWhereNobodyIsMissing) {
  EXPECT_THAT(watchdog_message(5.0, "a step", {{1, "node1", Liveness::answered, "a step"}}),
              HasSubstr("all ranks answer and are in the same step"));
  EXPECT_THAT(watchdog_message(5.0, "a step", {}), HasSubstr("a file system or a device"));
}

TEST(Watchdog, LetsWhoMakesProgressLive) {
  const auto world = make_serial();
  const Watchdog watchdog(0.5, *world);
  for (int i = 0; i < 100; ++i) {
    activity::part("a part");
    std::this_thread::sleep_for(milliseconds(10));
  }
}

TEST(Watchdog, OfZeroSecondsDoesNothing) {
  const auto world = make_serial();
  const Watchdog watchdog(0.0, *world);
  std::this_thread::sleep_for(milliseconds(50));
}

TEST(WatchdogDeathTest, EndsWhoStandsStill) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        activity::begin("step 7 of the primal");
        const auto world = make_serial();
        const Watchdog watchdog(0.1, *world);
        std::this_thread::sleep_for(std::chrono::seconds(30));
      },
      ::testing::ExitedWithCode(4), "error: no progress for 0.1 s in step 7 of the primal .*rank 0, host ");
}

}  // namespace
}  // namespace zerogap
