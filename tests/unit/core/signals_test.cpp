// SPDX-License-Identifier: Apache-2.0
#include "core/signals.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

namespace zerogap {
namespace {

TEST(Signals, NamesAreTheUsualOnes) {
  EXPECT_EQ(signal_name(SIGTERM), "SIGTERM");
  EXPECT_EQ(signal_name(SIGUSR1), "SIGUSR1");
  EXPECT_EQ(signal_name(99), "signal 99");
}

TEST(Signals, EachStopSignalIsRememberedAndTheFirstWins) {
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGHUP}) {
    install_stop_signals();
    EXPECT_EQ(stop_requested(), std::nullopt);
    ::raise(signal);
    EXPECT_EQ(stop_requested(), signal);
    ::raise(signal == SIGTERM ? SIGUSR1 : SIGTERM);
    EXPECT_EQ(stop_requested(), signal);
  }
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGHUP}) std::signal(signal, SIG_DFL);
}

TEST(SignalsDeathTest, AHangupThatIsIgnoredStaysSo) {
  const auto under_nohup = [] {
    std::signal(SIGHUP, SIG_IGN);
    install_stop_signals();
    ::raise(SIGHUP);
    ::_exit(stop_requested() ? 1 : 7);
  };
  EXPECT_EXIT(under_nohup(), testing::ExitedWithCode(7), "");
}

TEST(SignalsDeathTest, AHeldRequestOutlivesTheNextInstallation) {
  const auto request_between = [] {
    const HeldStopRequests held;
    ::raise(SIGTERM);
    install_stop_signals();
    ::_exit(stop_requested() == SIGTERM ? 7 : 1);
  };
  EXPECT_EXIT(request_between(), testing::ExitedWithCode(7), "");
}

TEST(Signals, ARequestIsHeldNoLongerThanItsHolderLives) {
  {
    const HeldStopRequests held;
    ::raise(SIGTERM);
  }
  EXPECT_EQ(stop_requested(), SIGTERM) << "until the next training begins";
  install_stop_signals();
  EXPECT_EQ(stop_requested(), std::nullopt);
  std::signal(SIGTERM, SIG_DFL);
}

TEST(SignalsDeathTest, ASecondInterruptEndsTheProcess) {
  const auto interrupt_twice = [](int milliseconds) {
    install_stop_signals();
    ::raise(SIGINT);
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    ::raise(SIGINT);
    ::_exit(7);
  };
  EXPECT_EXIT(interrupt_twice(0), testing::ExitedWithCode(7), "") << "one key press that arrives twice";
  EXPECT_EXIT(interrupt_twice(600), testing::KilledBySignal(SIGINT), "");
}

}  // namespace
}  // namespace zerogap
