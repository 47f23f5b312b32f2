// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"

namespace zerogap::testing {

/// A dual program of 40 blocks on two images of the built-in digits, for a solver in double precision; then
/// the settings given.
inline Config small_program(std::vector<std::string> more = {}) {
  more.insert(more.begin(),
              {"data.images=2", "data.test_images=0", "network.arrangements=40", "network.beta=2",
               "run.precision=fp64", "run.threads=1", "run.networks=[dual]", "optimizer.dual.name=newton"});
  return parse_config("{}", "the test", more);
}

}  // namespace zerogap::testing
