// SPDX-License-Identifier: Apache-2.0
#include "comm/nccl.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

#include "core/build_info.hpp"
#include "core/error.hpp"

namespace zerogap {
namespace {

using testing::HasSubstr;

std::string error_of_loading() {
  try {
    nccl_version();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::runtime);
    EXPECT_THAT(error.what(), HasSubstr("--set run.comm=mpi"));
    return error.what();
  }
  return "none";
}

TEST(Nccl, SaysWhenItIsNotInThisBuild) {
  if (build_info().nccl != "none") GTEST_SKIP() << "this build has NCCL";
  EXPECT_THAT(error_of_loading(), HasSubstr("run.comm: nccl is not in this build ("));
}

TEST(Nccl, SaysWhichLibraryIsMissing) {
  if (build_info().nccl == "none") GTEST_SKIP() << "this build is without NCCL";
  ::setenv("ZEROGAP_NCCL_LIBRARY", "/nowhere/libnccl.so.2", 1);
  EXPECT_THAT(error_of_loading(), HasSubstr("cannot load NCCL (/nowhere/libnccl.so.2"));
  ::unsetenv("ZEROGAP_NCCL_LIBRARY");
}

TEST(Nccl, LoadsTheInstalledLibrary) {
  if (build_info().nccl == "none") GTEST_SKIP() << "this build is without NCCL";
  const std::string error = error_of_loading();
  if (error.starts_with("cannot load NCCL")) GTEST_SKIP() << "needs libnccl.so.2: " << error;
  EXPECT_EQ(error, "none");
  EXPECT_THAT(nccl_version(), testing::MatchesRegex("2\\.[0-9]+\\.[0-9]+"));
}

}  // namespace
}  // namespace zerogap
