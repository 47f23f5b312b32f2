#include "dual/certificate.hpp"

#include <algorithm>
#include <limits>

namespace zerogap {
namespace {

/// A bound above the objective by less than this is rounding (of fp32 products, at worst); by more, a defect
/// that must show.
constexpr double rounding = 1e-6;

}  // namespace

Bound certify(double zx, double zz, double max_block_norm, double norm_error, double beta, double rho) {
  Bound bound;
  bound.max_block_norm = max_block_norm;
  const double most = max_block_norm + norm_error;
  double cap = most > 0.0 ? 2.0 * beta / most : std::numeric_limits<double>::infinity();
  if (rho > 0.0) cap = std::min(cap, 1.0);  // the multipliers s*b must stay in [0, rho]
  if (zz > 0.0) bound.scale = std::clamp(2.0 * zx / zz, -cap, cap);
  bound.lower_bound = bound.scale * zx - bound.scale * bound.scale * zz / 4.0;
  return bound;
}

double relative_gap(double objective, double lower_bound) {
  if (!(objective > 0.0)) return 0.0;
  const double gap = (objective - lower_bound) / objective;
  return gap < 0.0 && gap > -rounding ? 0.0 : gap;
}

}  // namespace zerogap
