// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "core/claim.hpp"
#include "optim/program.hpp"

namespace zerogap {

/// How Newton's method goes about it (section 10).
struct NewtonOptions {
  Smoothing start{1e-1, 1e-2};       ///< widths of the first stage
  double factor = 4.0;               ///< by which both shrink from stage to stage
  double tolerance = 0.1;            ///< of conjugate gradients, in a Newton step
  std::int64_t most_products = 500;  ///< in a Newton step
};

/// Why a solver is where it is.
enum class SolverStatus {
  running,
  rounding,  ///< nothing more to gain: smaller than what rounding moves
};

/// What one step of a solver did.
struct SolverReport {
  std::int64_t stage = 0;     ///< newton: of the smoothing, from 0
  std::int64_t products = 0;  ///< with the Hessian, in this step (newton), or forward passes (fista)
  double objective = std::numeric_limits<double>::quiet_NaN();  ///< exact, where the step ended
  Certificate lower_bound;
  Smoothing smoothing;  ///< of the slopes that gave the bound
  bool cut = false;     ///< newton: conjugate gradients used all their products up
  SolverStatus status = SolverStatus::running;
};

/// All that the next step depends on beside the point.
struct NewtonState {
  Smoothing smoothing;
  double last_mu = 0.0;  ///< of the stage before
  /// Terms of the hinge on the kink are those above -spread mu. Raised where a step had to be cut: it went
  /// too far where terms had left the parabola, and with it their curvature.
  double spread = 1.0;
  std::int64_t stage = 0;
  std::int64_t steps_in_stage = 0;
  std::int64_t idle_stages = 0;                               ///< stages in a row that did not narrow the gap
  double best_gap = std::numeric_limits<double>::infinity();  ///< J - D, at the end of a stage
  std::int64_t quiet_steps = 0;  ///< of this stage, that had no more to gain than what rounding moves

  std::vector<double> numbers() const;
  static NewtonState from(std::span<const double> numbers);
};

/// Newton's method on the smoothed program: conjugate gradients for the step, a backtracking line search,
/// and smaller widths as soon as what the smoothing costs exceeds what the step still had to gain. Steps are
/// pure functions of point and state, so that a solve may be interrupted after any of them.
class Newton {
 public:
  Newton(ConvexProgram& program, const NewtonOptions& options);

  /// One Newton step; x is this rank's part of the point.
  SolverReport step(std::vector<double>& x);

  const NewtonState& state() const { return state_; }
  void restore(const NewtonState& state);
  /// Another program: the smoothing begins anew, with these widths, or where the program before has a
  /// solution `near` this one's with less.
  void restart(Smoothing widest, bool near);

 private:
  /// The Newton step at x, as a direction; report.status says where there is none.
  std::vector<double> direction(const std::vector<double>& x, SolverReport& report);
  /// What is told where there is no further step: conditioning has come to its end.
  SolverReport stopped(const std::vector<double>& x, SolverReport report);
  /// Value and gradient at x for the current widths, unless they are known.
  void evaluate(const std::vector<double>& x);
  /// Moves x along `direction`; false where no length lowers the value beyond rounding.
  bool search(std::vector<double>& x, const std::vector<double>& direction, double slope);
  /// The next stage: shrinks what costs at least a tenth of the smoothing, of which norms cost the share
  /// `of_norms`. A width below what the gap asks for makes Newton's steps short and nothing better.
  /// `too_wide`: the smoothing still costs more than the best gap, so that the stage could not narrow it.
  void narrow(double gap, double of_norms, bool too_wide);

  ConvexProgram* program_;
  NewtonOptions options_;
  NewtonState state_;
  bool known_ = false;  ///< value_, gradient_ and bound_ are those of the point and the widths
  double value_ = 0.0, length_ = 0.0;
  Certificate bound_;
  std::vector<double> gradient_;
};

}  // namespace zerogap
