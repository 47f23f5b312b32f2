// SPDX-License-Identifier: Apache-2.0
#include "core/temporary_name.hpp"

#include <limits.h>

#include <array>
#include <cstdint>
#include <cstdio>

namespace zerogap {

std::string short_name(const std::string& name, std::size_t most) {
  if (name.size() <= most) return name;
  std::uint64_t number = 0xcbf29ce484222325;  // FNV-1a
  for (const char letter : name) number = (number ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
  std::array<char, 18> text{};
  std::snprintf(text.data(), text.size(), "~%016llx", static_cast<unsigned long long>(number));
  return name.substr(0, most > text.size() - 1 ? most - (text.size() - 1) : 0) + text.data();
}

std::filesystem::path temporary_name(const std::filesystem::path& file, const std::string& before,
                                     const std::string& after) {
  return file.parent_path() /
         (before + short_name(file.filename().string(), NAME_MAX - before.size() - after.size()) + after);
}

}  // namespace zerogap
