// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "optim/newton.hpp"
#include "optim/program.hpp"

namespace zerogap {

/// The state on which the next step depends, in addition to the point and `ahead`.
struct FistaState {
  double momentum = 1.0;  ///< t_k
  double step = 0.0;      ///< 1/L; 0 if not known yet

  std::vector<double> numbers() const { return {momentum, step}; }
  static FistaState from(std::span<const double> numbers) { return {numbers[0], numbers[1]}; }
};

/// The accelerated proximal gradient method (Beck and Teboulle) with backtracking, and restarts when the
/// momentum points uphill (O'Donoghue and Candes).
class Fista {
 public:
  explicit Fista(CompositeProgram& program) : program_(&program) {}

  /// One proximal step from the extrapolated point `ahead`. x becomes the result, `ahead` the next
  /// extrapolated point.
  SolverReport step(std::vector<double>& x, std::vector<double>& ahead);

  const FistaState& state() const { return state_; }
  void restore(const FistaState& state) { state_ = state; }

 private:
  double first_step(const std::vector<double>& at, double value, const std::vector<double>& gradient);

  CompositeProgram* program_;
  FistaState state_;
};

}  // namespace zerogap
