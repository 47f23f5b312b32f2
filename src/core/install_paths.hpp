// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace zerogap {

/// Path of the running program, links resolved. Throws Error (exit 3) if the system does not report it.
std::filesystem::path executable_path();

/// A file that belongs to this program, such as launch/report: `name` below the nearest folder above the
/// program that has it (a build inside the repository), or below that folder's share/zerogap (an installed
/// tree, wherever it was moved to). Empty if there is none.
std::filesystem::path installed_file(const std::filesystem::path& name);

/// The same for a program somewhere else.
std::filesystem::path installed_file_of(const std::filesystem::path& program,
                                        const std::filesystem::path& name);

}  // namespace zerogap
