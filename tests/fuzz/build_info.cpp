// SPDX-License-Identifier: Apache-2.0
// What the preset `fuzz` is made of matters to no reader.

#include "core/build_info.hpp"

namespace zerogap {

const BuildInfo& build_info() {
  static const BuildInfo info{.version = "fuzz"};
  return info;
}

std::string describe(const BuildInfo& info) { return std::string(info.version); }

}  // namespace zerogap
