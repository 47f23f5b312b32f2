// SPDX-License-Identifier: Apache-2.0
// main() of every GoogleTest program: alone, or as one of several ranks under mpirun.
// Exits with 0 if every rank passed, 1 if any failed, 77 if every test was skipped.

#include <gtest/gtest.h>
#include <mpi.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

namespace {

constexpr int kSkipped = 77;

std::string full_name(const testing::TestInfo& info) {
  return std::string(info.test_suite_name()) + "." + info.name();
}

// Knows the running test's name; to ask GoogleTest for it while it reports a failure would deadlock.
class Listener : public testing::EmptyTestEventListener {
 protected:
  const std::string& test() const { return test_; }

 private:
  void OnTestStart(const testing::TestInfo& info) override { test_ = full_name(info); }
  void OnTestEnd(const testing::TestInfo& /*info*/) override { test_ = kOutside; }

  static constexpr const char* kOutside = "outside of a test";
  std::string test_ = kOutside;
};

// "SKIPPED suite.test: reason", which launch/test collects.
class SkipReporter : public Listener {
  void OnTestPartResult(const testing::TestPartResult& part) override {
    if (part.skipped()) std::cout << "SKIPPED " << test() << ": " << part.message() << std::endl;
  }
};

// The only output of ranks other than the first: their failures.
class FailurePrinter : public Listener {
 public:
  explicit FailurePrinter(int rank) : rank_(rank) {}

 private:
  void OnTestPartResult(const testing::TestPartResult& part) override {
    if (!part.failed()) return;
    std::cout << "[rank " << rank_ << "] " << test() << '\n'
              << (part.file_name() != nullptr ? part.file_name() : "?") << ':' << part.line_number() << ": "
              << part.message() << std::endl;
  }

  int rank_;
};

// A test that one rank leaves early (ASSERT or an exception) leaves the others waiting for it: end them all,
// after a moment in which they may report failures of their own.
class Aborter : public testing::EmptyTestEventListener {
  void OnTestEnd(const testing::TestInfo& info) override {
    if (!info.result()->HasFatalFailure()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
};

void listen(int rank, int size) {
  testing::TestEventListeners& listeners = testing::UnitTest::GetInstance()->listeners();
  if (rank == 0) {
    listeners.Append(new SkipReporter);
  } else {
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new FailurePrinter(rank));
  }
  if (size > 1) listeners.Append(new Aborter);
}

int exit_code(bool failed) {
  const testing::UnitTest& tests = *testing::UnitTest::GetInstance();
  if (GTEST_FLAG_GET(list_tests)) return 0;
  if (failed) return 1;
  if (tests.test_to_run_count() == 0) {
    std::cerr << "error: no test ran (the filter matches none); check --gtest_filter\n";
    return 1;
  }
  return tests.skipped_test_count() == tests.test_to_run_count() ? kSkipped : 0;
}

int run_under_mpi(int& argc, char**& argv) {
  int provided = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
  int rank = 0;
  int size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  listen(rank, size);
  // The worst rank decides: 1 before 77 before 0, where "all skipped" must hold on every rank.
  const int mine = exit_code(RUN_ALL_TESTS() != 0);
  int failed = mine == 1 ? 1 : 0;
  int skipped = mine == kSkipped ? 1 : 0;
  MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
  MPI_Allreduce(MPI_IN_PLACE, &skipped, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
  if (failed != 0 && mine != 1 && rank == 0)
    std::cout << "[  FAILED  ] on another rank, see above" << std::endl;
  MPI_Finalize();
  if (failed != 0) return 1;
  return skipped != 0 ? kSkipped : 0;
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const bool under_mpirun =
      std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr || std::getenv("PMIX_RANK") != nullptr;
  if (under_mpirun) return run_under_mpi(argc, argv);
  listen(0, 1);
  return exit_code(RUN_ALL_TESTS() != 0);
}
