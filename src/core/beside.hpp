// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace zerogap {

/// `name`, or where it has more than `most` bytes its beginning and a number that is that of the whole name.
std::string short_name(const std::string& name, std::size_t most);

/// A name beside `file` for what becomes that file once it is whole: its own between `before` and `after`,
/// shortened where file systems take no longer one, so that any name that the file can have will do.
std::filesystem::path name_beside(const std::filesystem::path& file, const std::string& before,
                                  const std::string& after);

}  // namespace zerogap
