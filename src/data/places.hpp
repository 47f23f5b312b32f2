// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace zerogap {

/// An addition to messages about a `path` that does not exist: the folder to which a relative path refers, or
/// that a ~ was not expanded. Begins with a comma; empty for any other path.
std::string seen_from(const std::string& path);

}  // namespace zerogap
