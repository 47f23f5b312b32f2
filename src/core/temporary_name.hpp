// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace zerogap {

/// `name`; if it has more than `most` bytes, its beginning and a hash of the full name.
std::string short_name(const std::string& name, std::size_t most);

/// A temporary name in the folder of `file` for a file that will be renamed to it: its own name between
/// `before` and `after`. The name is shortened if it would exceed the limit of file systems, so that every
/// valid name of `file` works.
std::filesystem::path temporary_name(const std::filesystem::path& file, const std::string& before,
                                     const std::string& after);

}  // namespace zerogap
