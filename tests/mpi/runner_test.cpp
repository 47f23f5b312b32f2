// SPDX-License-Identifier: Apache-2.0
// Passes on its own. ZEROGAP_RUNNER_TEST makes the last rank fail on purpose, which runner_check.sh expects
// to see.

#include <gtest/gtest.h>
#include <mpi.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace {

std::string wish() {
  const char* text = std::getenv("ZEROGAP_RUNNER_TEST");
  return text != nullptr ? text : "";
}

bool is_last_rank() {
  int rank = 0;
  int size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  return rank == size - 1;
}

TEST(Runner, NoticesAFailedExpectation) {
  if (wish() == "expect" && is_last_rank()) ADD_FAILURE() << "deliberate failure";
}

TEST(Runner, EndsRanksThatWaitForOneThatThrew) {
  if (wish() == "throw" && is_last_rank()) throw std::runtime_error("deliberate exception");
  MPI_Barrier(MPI_COMM_WORLD);
}

TEST(Runner, NoticesARankThatDies) {
  if (wish() == "die" && is_last_rank()) std::abort();
  MPI_Barrier(MPI_COMM_WORLD);
}

TEST(Runner, NoticesAnEarlyExit) {
  if (wish() == "exit" && is_last_rank()) std::exit(3);
  MPI_Barrier(MPI_COMM_WORLD);
}

// Skipped on one rank alone is not skipped: the program's code stays 0.
TEST(Runner, CountsASkippedRankAsPassed) {
  if (wish() == "skip" && is_last_rank()) GTEST_SKIP() << "deliberate skip";
}

}  // namespace
