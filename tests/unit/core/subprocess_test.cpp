// SPDX-License-Identifier: Apache-2.0
#include "core/subprocess.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <system_error>

namespace zerogap {
namespace {

TEST(Subprocess, ReturnsTheExitCode) {
  EXPECT_EQ(run_process({"/bin/sh", "-c", "exit 0"}).exit_code, 0);
  const ProcessEnd end = run_process({"/bin/sh", "-c", "exit $1", "sh", "17"});
  EXPECT_EQ(end.exit_code, 17);
  EXPECT_EQ(end.signal, 0);
}

TEST(Subprocess, NamesTheSignalThatEndedIt) {
  EXPECT_EQ(run_process({"/bin/sh", "-c", "kill -KILL $$"}).signal, SIGKILL);
}

TEST(Subprocess, HasTheUsualMeaningOfSignalsThatAreIgnoredHere) {
  auto* const before = std::signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(run_process({"/bin/sh", "-c", "kill -PIPE $$"}).signal, SIGPIPE);
  std::signal(SIGPIPE, before);
}

TEST(Subprocess, SaysWhyAProgramDoesNotStart) {
  try {
    run_process({"/nowhere/program"});
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::no_such_file_or_directory);
  }
}

}  // namespace
}  // namespace zerogap
