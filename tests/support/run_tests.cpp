// SPDX-License-Identifier: Apache-2.0
#include "support/run_tests.hpp"

#include <gtest/gtest.h>
#include <mpi.h>

#include <chrono>
#include <iostream>
#include <string>
#include <thread>

namespace zerogap::test {
namespace {

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
  return tests.skipped_test_count() == tests.test_to_run_count() ? all_skipped : 0;
}

}  // namespace

int run_tests(int rank, int size) {
  listen(rank, size);
  return exit_code(RUN_ALL_TESTS() != 0);
}

}  // namespace zerogap::test
