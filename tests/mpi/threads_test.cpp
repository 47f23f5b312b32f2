// SPDX-License-Identifier: Apache-2.0
// An MPI built without threads: MPI_Init_thread is replaced by one that provides none.

#include <gmock/gmock.h>

#include "comm/mpi.hpp"
#include "core/error.hpp"

extern "C" int MPI_Init_thread(int* argc, char*** argv, int required, int* provided) {
  const int status = PMPI_Init_thread(argc, argv, required, provided);
  *provided = MPI_THREAD_SINGLE;
  return status;
}

namespace zerogap {
namespace {

TEST(MpiWithoutThreads, IsRefused) {
  try {
    const MpiSession session(nullptr, nullptr);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::runtime);
    EXPECT_THAT(error.what(), testing::HasSubstr("MPI_THREAD_FUNNELED"));
  }
}

}  // namespace
}  // namespace zerogap
