// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numbers>

#include "optim/optimizer.hpp"

namespace zerogap {

double scheduled_rate(const OptimizerOptions& options, std::int64_t step, std::int64_t steps) {
  if (options.schedule == Schedule::constant) return options.lr;
  const double done = static_cast<double>(step) / static_cast<double>(steps);
  return 0.5 * options.lr * (1.0 + std::cos(std::numbers::pi * done));
}

}  // namespace zerogap
