// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bounds/lagrangian_bound.hpp"
#include "model/dual_weights.hpp"
#include "model/filters.hpp"
#include "model/program_parameters.hpp"

namespace zerogap {

/// Certificates for weights of any origin, on patches in memory: everything that `zerogap evaluate` proves,
/// for programs that use zerogap as a library. Everything is in double; the given numbers count as exact, and
/// the proof is for these numbers. One process, no MPI. Functions throw Error (core/error.hpp): exit 2 for
/// shapes that do not fit, for terms out of range and for numbers that are not finite, 4 for sums that
/// overflow.

/// Noisy patches and the clean value at each one's centre (theory.md, section 1). The arrays outlive the
/// calls.
struct PatchData {
  int length = 0;                  ///< d
  std::span<const double> noisy;   ///< Y (I, d), row-major
  std::span<const double> target;  ///< x (I), I >= 1
};

/// Values of the dual network's weights as a point of the sampled program on their own blocks (Eq. 21;
/// theory.md, sections 4 and 5).
struct DualCertificate {
  double fit = 0.0;            ///< |pred - x|^2
  double group = 0.0;          ///< 2 beta sum_j (|w_j| + |w'_j|)
  double hinge = 0.0;          ///< violation of the sign constraints, without rho
  double max_violation = 0.0;  ///< its largest term
  double objective = 0.0;      ///< J = fit + group + rho hinge
  Certificate lower_bound{};   ///< D: no weights of these blocks have a smaller J, rounding allowed for
  double gap = 0.0;            ///< (J - D)/J
};

/// J and the best D over slopes of the hinge of width 0 and, if rho > 0, of `widths` (> 0). `threads`:
/// OpenMP's; the result does not depend on their number.
DualCertificate certify_dual(const PatchData& data, const ProgramParameters& program,
                             const DualWeights& weights, int threads = 1,
                             const std::vector<double>& widths = {1e-4, 1e-3, 1e-2, 1e-1});

/// Values of a primal network's filters (theory.md, section 7).
struct PrimalCertificate {
  double fit = 0.0;           ///< |pred - x|^2
  double objective = 0.0;     ///< of the network's form: Eq. 20 for decay, 50 for product, 26 for ball
  Certificate lower_bound{};  ///< no network of this form, of any width K, has a smaller objective
  double gap = 0.0;           ///< (objective - lower_bound)/objective
  FoundMaximum found;         ///< greatest |z' tau(Yu)| found, z = 2 (x - pred)
  UpperBound proved;          ///< proved upper bound of |z' tau(Yu)|, from which the lower bound follows
};

/// The objective of these filters and the bound that their z proves. ball: |u_k| <= 1 (within on_sphere).
/// `seconds`: time for the proof of `proved`; less time gives a weaker bound, never a wrong one.
PrimalCertificate certify_primal(const PatchData& data, const ProgramParameters& program, NetworkForm form,
                                 const Filters& filters, double seconds = 10.0);

}  // namespace zerogap
