// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "bounds/gate_maximum.hpp"
#include "bounds/lagrangian_bound.hpp"
#include "problem/problem.hpp"

namespace zerogap {

/// A certificate for the program over all blocks, not only the sampled ones.
struct AllBlocksBound {
  GateMaximum maximum;                 ///< of |Y'Q_g z| over all g
  LagrangianBound<Certificate> bound;  ///< lower bound of the objective with any blocks
};

/// The bound that z = 2(x - pred) gives: s z is feasible for every block if |s| max_g |Y'Q_g z| <= 2 beta.
/// All multipliers of the sign constraints are zero, so for rho > 0 the bound is valid but loose. Any z gives
/// a bound, so the rounding of predictions needs no allowance; that of the maximum, of z'x and of |z|^2 has
/// one. Proved for d = 1 and 2; nothing for larger d, where the maximum is not known. Every rank gathers all
/// patches. Collective; the same on any grid.
template <class T>
std::optional<AllBlocksBound> bound_over_all_blocks(const Problem<T>& problem, const DualPoint<T>& point);

}  // namespace zerogap
