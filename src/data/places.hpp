// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace zerogap {

/// What there is to add where `path` names nothing: which folder a relative path is seen from, or that nobody
/// has replaced a ~. Empty for any other path; begins with a comma.
std::string seen_from(const std::string& path);

}  // namespace zerogap
