// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace zerogap::schema {

/// The known word with the smallest edit distance from `given` (letters added, left out, changed or swapped),
/// or an empty string if none is near. One letter in four may be wrong, and at least one.
std::string nearest(const std::string& given, const std::vector<std::string>& known);

/// The same for dotted keys; a key in the wrong section is found by its last part if that is unique.
std::string nearest_key(const std::string& given, const std::vector<std::string>& known);

}  // namespace zerogap::schema
