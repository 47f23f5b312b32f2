// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "config/config.hpp"

namespace zerogap::schema {

/// Where each key was last set, as messages show it: "mnist.yaml:3:9" or "--set network.beta=5".
using Origins = std::map<std::string, std::string>;

/// Throws Error (exit 2) if keys that are each allowed contradict one another.
void check_consistency(const Config& config, const Origins& origins);

}  // namespace zerogap::schema
