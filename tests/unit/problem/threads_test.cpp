// SPDX-License-Identifier: Apache-2.0
#include "problem/threads.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>

#include "comm/communicator.hpp"
#include "core/host_info.hpp"

namespace zerogap {
namespace {

class ThreadsOfARank : public ::testing::Test {
 protected:
  ThreadsOfARank() { clear(); }
  ~ThreadsOfARank() override { clear(); }

  static void clear() {
    ::unsetenv("OMP_NUM_THREADS");
    ::unsetenv("OMP_THREAD_LIMIT");
  }

  Threads with(const char* variable, const char* value, std::int64_t wanted = 0) {
    clear();
    ::setenv(variable, value, 1);
    return threads_per_rank(wanted, *alone_);
  }

  std::unique_ptr<Communicator> alone_ = make_serial();
};

TEST_F(ThreadsOfARank, AreItsCores) {
  const Threads threads = threads_per_rank(0, *alone_);
  EXPECT_EQ(threads.count, usable_cores());
  EXPECT_THAT(threads.why, testing::HasSubstr(std::to_string(usable_cores()) + " core"));
}

TEST_F(ThreadsOfARank, AreNoMoreThanTheEnvironmentAllows) {
  for (const char* variable : {"OMP_NUM_THREADS", "OMP_THREAD_LIMIT"}) {
    for (const char* one : {"1", " 1", "1,4", "1 , 4", "1\t"}) {
      SCOPED_TRACE(std::string(variable) + "='" + one + "'");
      const Threads threads = within_environment({8, "all 8 cores"});
      EXPECT_EQ(threads.count, 8);
      clear();
      ::setenv(variable, one, 1);
      const Threads fewer = within_environment({8, "all 8 cores"});
      EXPECT_EQ(fewer.count, 1);
      EXPECT_EQ(fewer.why, variable);
      clear();
    }
  }
}

TEST_F(ThreadsOfARank, HeedNothingThatIsNoNumber) {
  for (const char* text : {"", "0", "-1", "none", "1x", "1.5", "99999999999", "100000"})
    EXPECT_EQ(with("OMP_NUM_THREADS", text).count, usable_cores()) << text;
}

TEST_F(ThreadsOfARank, AreThoseAskedForButForTheLimit) {
  EXPECT_EQ(with("OMP_NUM_THREADS", "1", 3).count, 3);
  EXPECT_EQ(with("OMP_NUM_THREADS", "1", 3).why, "run.threads");
  EXPECT_EQ(with("OMP_THREAD_LIMIT", "2", 3).count, 2);
  EXPECT_EQ(with("OMP_THREAD_LIMIT", "2", 3).why, "OMP_THREAD_LIMIT");
}

}  // namespace
}  // namespace zerogap
