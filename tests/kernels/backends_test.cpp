// SPDX-License-Identifier: Apache-2.0
// Which implementations there are without a device.

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "kernels/backend.hpp"

namespace zerogap {
namespace {

TEST(Backends, AMissingOneSaysSoAndTargetsHaveNames) {
  EXPECT_THROW(make_kernels<double>(BackendName::cuda, 1), Error);
  EXPECT_EQ(make_kernels<double>(BackendName::reference, 1)->target(), "reference");
  EXPECT_EQ(make_kernels<float>(BackendName::automatic, 1)->target(), "cpu " + cpu_target());
}

}  // namespace
}  // namespace zerogap
