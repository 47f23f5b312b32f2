#include "bounds/sampled_bound.hpp"

#include <fmt/format.h>
#include <algorithm>

#include <limits>

#include "core/error.hpp"

namespace zerogap {

Bound certify(double zx, double zz, double max_block_norm, double norm_error, double beta, double rho) {
  Bound bound;
  bound.max_block_norm = max_block_norm;
  const double most = max_block_norm + norm_error;
  constexpr double rounding = 4.0 * std::numeric_limits<double>::epsilon();  // of the cap and of s
  double cap = most > 0.0 ? 2.0 * beta / most * (1.0 - rounding) : std::numeric_limits<double>::infinity();
  if (rho > 0.0) cap = std::min(cap, 1.0);  // the multipliers s*b must stay in [0, rho]
  if (zz > 0.0) bound.scale = std::clamp(2.0 * zx / zz, -cap, cap);
  bound.lower_bound = bound.scale * zx - bound.scale * bound.scale * zz / 4.0;
  return bound;
}

void require_bound(double objective, double lower_bound, double rounding) {
  if (!(lower_bound > objective + rounding)) return;
  throw runtime_failure(
      "the lower bound exceeds the objective",
      fmt::format("{:.17g} and {:.17g}, more than rounding allows by {:.3g}", lower_bound, objective,
                  lower_bound - objective - rounding),
      "this is a defect of zerogap; please report it with the run's config.yaml and log.txt");
}

double relative_gap(double objective, double lower_bound) {
  return objective > 0.0 ? std::max(0.0, (objective - lower_bound) / objective) : 0.0;
}

}  // namespace zerogap
