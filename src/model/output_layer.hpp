// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

namespace zerogap {

/// The best output weights of fixed filters, with G = A'A (n, n) and b = A'x for their activations
/// A = tau_lambda(Y u_k) (I, n).

/// Minimises v'Gv - 2b'v + beta v'v, beta > 0.
std::vector<double> ridge_weights(std::span<const double> gram, std::span<const double> target, double beta);

/// Minimises v'Gv - 2b'v + 2 beta sum |v|, from v, by feature-sign search (Lee, Battle, Raina, Ng): exact up
/// to rounding, even for nearly equal filters, for which coordinate descent converges slowly.
void lasso_weights(std::span<const double> gram, std::span<const double> target, double beta,
                   std::span<double> v);

}  // namespace zerogap
