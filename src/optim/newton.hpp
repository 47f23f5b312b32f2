// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "core/claim.hpp"
#include "optim/program.hpp"

namespace zerogap {

/// Options of Newton's method (section 10).
struct NewtonOptions {
  Smoothing start{1e-1, 1e-2};       ///< widths in the first stage
  double factor = 4.0;               ///< by which both shrink after each stage
  double tolerance = 0.1;            ///< of conjugate gradients, in a Newton step
  std::int64_t most_products = 500;  ///< in a Newton step
};

/// State of a solver after a step.
enum class SolverStatus {
  running,
  rounding,  ///< what is left to gain is below rounding
};

/// What one step of a solver did.
struct SolverReport {
  std::int64_t stage = 0;     ///< newton: of the smoothing, from 0
  std::int64_t products = 0;  ///< with the Hessian, in this step (newton), or forward passes (fista)
  double objective = std::numeric_limits<double>::quiet_NaN();  ///< the exact objective after the step
  Certificate lower_bound;
  Smoothing smoothing;  ///< the widths of the slopes that gave the bound
  bool cut = false;     ///< newton: conjugate gradients used all their products
  SolverStatus status = SolverStatus::running;
};

/// The state on which the next step depends, in addition to the point.
struct NewtonState {
  Smoothing smoothing;
  double last_mu = 0.0;  ///< mu of the previous stage
  /// Terms of the hinge above -spread mu count as on the kink. Raised when a step had to be shortened: it was
  /// too long because terms outside the parabola have no curvature.
  double spread = 1.0;
  std::int64_t stage = 0;
  std::int64_t steps_in_stage = 0;
  std::int64_t idle_stages = 0;  ///< consecutive stages that did not narrow the gap
  double best_gap = std::numeric_limits<double>::infinity();  ///< J - D at the end of a stage
  std::int64_t quiet_steps = 0;  ///< steps of this stage whose possible gain was below rounding

  std::vector<double> numbers() const;
  static NewtonState from(std::span<const double> numbers);
};

/// Newton's method on the smoothed program: conjugate gradients for the step, a backtracking line search, and
/// smaller widths as soon as the cost of the smoothing exceeds what the step could still gain. A step is a
/// pure function of point and state, so a solve may be interrupted after any step.
class Newton {
 public:
  Newton(ConvexProgram& program, const NewtonOptions& options);

  /// One Newton step; x is this rank's part of the point.
  SolverReport step(std::vector<double>& x);

  const NewtonState& state() const { return state_; }
  void restore(const NewtonState& state);
  /// Prepares for another program. The smoothing restarts at these widths, or at smaller ones if the previous
  /// program's solution is `near` this one's.
  void restart(Smoothing widest, bool near);

 private:
  /// The Newton step at x, as a direction; report.status is set if there is none.
  std::vector<double> direction(const std::vector<double>& x, SolverReport& report);
  /// The report if no further step is possible because of bad conditioning.
  SolverReport stopped(const std::vector<double>& x, SolverReport report);
  /// Value and gradient at x for the current widths, unless they are known.
  void evaluate(const std::vector<double>& x);
  /// Moves x along `direction`; false if no step length lowers the value beyond rounding.
  bool search(std::vector<double>& x, const std::vector<double>& direction, double slope);
  /// Starts the next stage: shrinks each width that causes at least a tenth of the smoothing's cost, of which
  /// norms cause the share `of_norms`. A width smaller than the gap requires shortens Newton's steps without
  /// any benefit. `too_wide`: the smoothing still costs more than the best gap, so the stage could not narrow
  /// it.
  void narrow(double gap, double of_norms, bool too_wide);

  ConvexProgram* program_;
  NewtonOptions options_;
  NewtonState state_;
  bool known_ = false;  ///< value_, gradient_ and bound_ belong to the current point and widths
  double value_ = 0.0, length_ = 0.0;
  Certificate bound_;
  std::vector<double> gradient_;
};

}  // namespace zerogap
