// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "core/claim.hpp"
#include "optim/linear_operator.hpp"

namespace zerogap {

/// Widths of the smoothed program (theory.md, section 10): mu of the hinge, epsilon of the norms. Both 0 give
/// the exact program.
struct Smoothing {
  double mu = 0.0, epsilon = 0.0;
  bool operator==(const Smoothing&) const = default;
};

/// The sampled program as a solver sees it: values and gradients, Hessian products, a preconditioner. Points
/// and directions are this rank's entries of distributed vectors; every call is collective, and its result is
/// the same for any number of ranks.
class ConvexProgram : public LinearOperator {
 public:
  /// Entries of a vector on this rank.
  virtual std::size_t size() const = 0;
  /// Rounds to the precision in which evaluations store weights; solvers only move between such points.
  virtual void to_storage_precision(std::span<double> x) const = 0;
  /// How far rounding may move a value, relative to it: an estimate, on which no certificate rests.
  virtual double rounding() const = 0;

  /// The objective at x, smoothed.
  virtual double value(std::span<const double> x, Smoothing smoothing) = 0;
  /// By how much smoothing the norms alone lowers the objective at x.
  virtual double norm_smoothing(std::span<const double> x, double epsilon) = 0;
  /// The gradient at the point of the last value(); returns the lower bound that its slopes give on the exact
  /// program.
  virtual Certificate gradient(std::span<double> out) = 0;

  /// Prepares apply(), the product with the Hessian, and precondition() at x; both widths > 0. Terms of the
  /// hinge with -kink < t < 0, t = c_ij y_i.w_j, count as on the kink (`kink` >= mu), each with the curvature
  /// that `smoothing` gives. A kink above mu is the width for which x was optimal, or wider than mu because
  /// steps were too long (NewtonState::spread): with mu itself, many of these terms would have no curvature.
  /// False if, by rounding, the preconditioner's matrix is not positive definite, so that there is no step.
  virtual bool prepare(std::span<const double> x, Smoothing smoothing, double kink) = 0;
  /// After prepare() with kink > mu: turns the gradient for the widths (kink, epsilon) at x into that of a
  /// model in which all terms on the kink are parabolas of width mu. A Newton step on this model takes t to t
  /// mu/kink, which preserves their slopes: a predictor step along the path of optima.
  virtual void predictor_gradient(std::span<double> gradient) const = 0;
};

/// The program for rho = 0, split into a smooth part and one with a known proximal step.
class CompositeProgram {
 public:
  virtual ~CompositeProgram() = default;

  virtual std::size_t size() const = 0;
  virtual void to_storage_precision(std::span<double> x) const = 0;
  virtual double rounding() const = 0;
  virtual double dot(std::span<const double> a, std::span<const double> b) = 0;

  /// The smooth part at x: |pred - x|^2.
  virtual double smooth(std::span<const double> x) = 0;
  /// The nonsmooth part at x: the group norm.
  virtual double nonsmooth(std::span<const double> x) = 0;
  /// Gradient of the smooth part at the point of the last smooth(); returns the lower bound there.
  virtual Certificate smooth_gradient(std::span<double> out) = 0;
  /// x becomes argmin_z nonsmooth(z) + |z - x|^2/2step.
  virtual void prox(std::span<double> x, double step) = 0;
};

}  // namespace zerogap
