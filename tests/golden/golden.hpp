// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.hpp"

namespace zerogap::test {

/// Folder of the reference cases: ZEROGAP_GOLDEN_DIR, or the copy next to this file.
inline std::filesystem::path golden_folder() {
  if (const char* given = std::getenv("ZEROGAP_GOLDEN_DIR"); given != nullptr && *given != '\0') {
    const std::filesystem::path folder(given);
    return std::filesystem::exists(folder / "cases") ? folder / "cases" : folder;
  }
  return ZEROGAP_GOLDEN_COPY;
}

inline const std::vector<std::string>& golden_cases() {
  static const std::vector<std::string> cases = {
      "one_pixel", "row",     "small",   "linear",          "wide",
      "dead",      "figure1", "figure6", "figure6_swapped", "mnist20"};
  return cases;
}

/// Those whose optima CVXPY found.
inline std::vector<std::string> cases_with_optimum() {
  auto cases = golden_cases();
  std::erase(cases, "mnist20");
  return cases;
}

/// One case: its files and the mathematics they were computed with, as overrides.
struct GoldenCase {
  explicit GoldenCase(const std::string& name)
      : folder(golden_folder() / name), expected(open_plain(folder / "expected.h5")) {}

  std::filesystem::path folder;
  CheckpointReader expected;

  double number(const std::string& key) const {
    const auto& value = expected.attributes().at(key);
    return std::holds_alternative<double>(value) ? std::get<double>(value)
                                                 : static_cast<double>(std::get<std::int64_t>(value));
  }
  std::vector<std::string> overrides(const std::string& precision) const {
    const auto set = [&](const std::string& key, const char* name) {
      char text[64];
      std::snprintf(text, sizeof text, "%.17g", number(name));
      return key + "=" + text;
    };
    std::vector<std::string> keys = {"run.precision=" + precision, set("network.lambda", "lam"),
                                     set("network.beta", "beta"), set("network.rho", "rho")};
    if (const auto side = static_cast<int>(number("filter")); side > 0)
      keys.push_back("patches.filter=" + std::to_string(side));
#ifdef ZEROGAP_TEST_BACKEND
    keys.push_back("run.backend=" ZEROGAP_TEST_BACKEND);
#endif
    return keys;
  }
};

/// Largest error over the largest expected entry.
inline double relative_error(const std::vector<double>& found, const std::vector<double>& expected) {
  if (found.size() != expected.size()) return INFINITY;
  double error = 0.0, largest = 0.0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    error = std::max(error, std::isfinite(found[i]) ? std::abs(found[i] - expected[i]) : INFINITY);
    largest = std::max(largest, std::abs(expected[i]));
  }
  return largest > 0.0 ? error / largest : error;
}

}  // namespace zerogap::test
