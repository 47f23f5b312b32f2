// SPDX-License-Identifier: Apache-2.0
// For programs of this folder that run on GPU 0: without one they say so and exit with 77, before any test.

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>

#include "kernels/device.hpp"

namespace zerogap {
namespace {

class NeedsGpu final : public testing::Environment {
  void SetUp() override {
    const Devices found = find_devices();
    if (found.count > 0) return;
    std::cout << "SKIPPED " << program_invocation_short_name << ": no GPU (" << found.why << ")" << std::endl;
    std::_Exit(77);
  }
};

const auto* const environment = testing::AddGlobalTestEnvironment(new NeedsGpu);

}  // namespace
}  // namespace zerogap
