// SPDX-License-Identifier: Apache-2.0
// Under mpirun: the first rank runs the tests, the others take part in the commands that have several ranks.

#include <gtest/gtest.h>

#include <csignal>

#include "commands/job.hpp"
#include "support/run_tests.hpp"
#include "support/world.hpp"

int main(int argc, char** argv) {
  using namespace zerogap::test;
  testing::InitGoogleTest(&argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  world();
  keep_last_words();
  if (world().rank() != 0) {
    serve_commands();
    return 0;
  }
  const int code = run_tests(0, 1);
  dismiss_ranks();
  return code;
}
