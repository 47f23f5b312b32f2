// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace zerogap::schema {

/// The known word that `given` is most likely a slip of (fewest letters added, left out, changed or swapped),
/// or an empty string where none is near: one letter in four may be wrong, but one always.
std::string nearest(const std::string& given, const std::vector<std::string>& known);

/// The same for dotted keys; a key in the wrong section is found by its last part, where only one key has
/// that.
std::string nearest_key(const std::string& given, const std::vector<std::string>& known);

}  // namespace zerogap::schema
