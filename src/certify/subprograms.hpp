// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "model/dual_weights.hpp"
#include "model/filters.hpp"
#include "problem/problem.hpp"

namespace zerogap {

/// A point of a sampled program with its certified bounds.
struct SolvedProgram {
  DualWeights weights;  ///< of all blocks, on every rank
  double objective = 0.0;
  Certificate lower_bound;       ///< at this point
  Certificate best_lower_bound;  ///< the greatest during the solve, if any, and at this point
  double gap() const { return certified_gap(objective, best_lower_bound); }
  double smoothing_width = 0.0;     ///< mu of the multipliers of lower_bound, the best tried
  double scale = 0.0;               ///< s of lower_bound
  std::vector<double> predictions;  ///< of this rank's patches
};

/// Measures weights of the problem's own blocks, with multipliers of the widths certify.smoothing_widths,
/// `smoothing_width` and 0. Collective.
SolvedProgram evaluate_program(const Config& config, const Problem<double>& problem,
                               const DualWeights& weights, double smoothing_width);

/// Solves the program with these parameters on `start`'s blocks from its weights, by Newton's method, until
/// it is certified to `gap` or certify.solver_steps are used up. On the instance of `of`. Collective.
SolvedProgram solve_program(const Config& given, const Problem<double>& of, const DualWeights& start,
                            double gap);

}  // namespace zerogap
