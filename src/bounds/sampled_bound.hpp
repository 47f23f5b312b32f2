#pragma once

namespace zerogap {

/// A lower bound on the sampled program min J (theory.md, section 5).
struct Bound {
  double max_block_norm = 0.0;  ///< M, the largest of the 2P gradient norms
  double scale = 0.0;           ///< s
  double lower_bound = 0.0;     ///< D(s) = s z'x - s^2 |z|^2/4 <= min J
};

/// The bound at z = 2(x - pred) for slopes that are at most one: cap = min(2 beta/M, and 1 when rho > 0),
/// s = clip(2 z'x/|z|^2, -cap, cap). `zx` is z'x and `zz` is |z|^2. `norm_error` bounds what the computed
/// max_block_norm may be too small by: the cap is that of their sum.
Bound certify(double zx, double zz, double max_block_norm, double norm_error, double beta, double rho);

/// Error (exit 4) where a lower bound lies above an objective of the same program by more than `rounding`:
/// one of the two was computed wrongly, and no gap may be told.
void require_bound(double objective, double lower_bound, double rounding);

/// (objective - lower_bound)/objective, or 0 where that is less: require_bound() leaves rounding only.
double relative_gap(double objective, double lower_bound);

}  // namespace zerogap
