// SPDX-License-Identifier: Apache-2.0
#include "search/search_trust.hpp"

#include <limits>

namespace zerogap {

double SearchTrust::expected_unseen() const {
  if (starts <= distinct + 2) return std::numeric_limits<double>::infinity();
  const auto w = static_cast<double>(distinct), n = static_cast<double>(starts);
  return w * (w + 1.0) / (n - w - 2.0);
}

double SearchTrust::all_found() const {
  if (starts <= distinct + 1) return 0.0;
  const auto n = static_cast<double>(starts);
  double probability = 1.0;
  for (std::int64_t i = 1; i <= distinct; ++i)
    probability *= (n - 1.0 - static_cast<double>(i)) / (n - 1.0 + static_cast<double>(i));
  return probability;
}

}  // namespace zerogap
