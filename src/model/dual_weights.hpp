// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace zerogap {

/// Dual weights of some blocks in double, for maps and repairs. Each (count, d), row-major.
struct DualWeights {
  std::int64_t count = 0;
  int length = 0;  ///< d
  std::vector<double> g, w, w_prime;
};

/// A primal network u (count, d), v (count) as a point of the sampled program whose blocks are its own
/// filters (section 6): same prediction, hinge 0, group norm at most the regularisation, and equal to it for
/// product.
DualWeights embed(std::span<const double> u, std::span<const double> v, int length);

/// w_j + alpha_j g_j and w'_j + alpha'_j g_j: feasible for the alphas of kernels' Repair (section 4).
void repair(DualWeights& dual, std::span<const double> alpha_w, std::span<const double> alpha_w_prime);

}  // namespace zerogap
