// SPDX-License-Identifier: Apache-2.0
#include "data/places.hpp"

#include <filesystem>

namespace zerogap {

std::string seen_from(const std::string& path) {
  if (path.starts_with("~")) return ", and only a shell replaces the ~ that it begins with";
  const std::filesystem::path given = path;
  if (path.empty() || given.is_absolute()) return "";
  std::error_code failure;
  const auto here = std::filesystem::current_path(failure);
  return failure ? ", from a folder that is gone" : ", seen from " + here.string();
}

}  // namespace zerogap
