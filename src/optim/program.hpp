// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "core/claim.hpp"
#include "optim/linear_operator.hpp"

namespace zerogap {

/// Widths of the smoothed program (theory.md, section 10): mu of the hinge, epsilon of the norms. 0 and 0:
/// the program itself.
struct Smoothing {
  double mu = 0.0, epsilon = 0.0;
  bool operator==(const Smoothing&) const = default;
};

/// What a solver needs of the sampled program: values and gradients, Hessian products, a preconditioner.
/// Points and directions are this rank's entries of all ranks' vectors; every call is collective, and its
/// result the same on any number of ranks.
class ConvexProgram : public LinearOperator {
 public:
  /// Entries of a vector here.
  virtual std::size_t size() const = 0;
  /// Rounds to the numbers that evaluations know; solvers stay on them.
  virtual void to_storage_precision(std::span<double> x) const = 0;
  /// How far rounding may move a value, relative to it.
  virtual double rounding() const = 0;

  /// The objective at x, smoothed.
  virtual double value(std::span<const double> x, Smoothing smoothing) = 0;
  /// By how much the smoothed norms alone lower it at x.
  virtual double norm_smoothing(std::span<const double> x, double epsilon) = 0;
  /// Its gradient at the last value(); returns the lower bound that its slopes give on the program itself.
  virtual Certificate gradient(std::span<double> out) = 0;

  /// Makes apply() the product with the Hessian at x, and precondition() ready; both widths > 0. `kink` >=
  /// mu: which terms of the hinge count as on the kink, -kink < t < 0; each has the curvature that
  /// `smoothing` gives it. Above mu it is the width that they were optimal for: smaller ones leave them where
  /// a sharper hinge has no curvature. False where rounding has left the preconditioner no positive definite
  /// matrix: there is no step.
  virtual bool prepare(std::span<const double> x, Smoothing smoothing, double kink) = 0;
  /// After prepare() with kink > mu: turns the gradient for the widths (kink, epsilon) at x into that of a
  /// model in which the terms on the kink are parabolas of width mu however far they are from it. A Newton
  /// step on it takes t to t mu/kink, which keeps their slopes: the way along the path of optima.
  virtual void predictor_gradient(std::span<double> gradient) const = 0;
};

/// The program for rho = 0 as a smooth part and one whose proximal step is known.
class CompositeProgram {
 public:
  virtual ~CompositeProgram() = default;

  virtual std::size_t size() const = 0;
  virtual void to_storage_precision(std::span<double> x) const = 0;
  virtual double rounding() const = 0;
  virtual double dot(std::span<const double> a, std::span<const double> b) = 0;

  /// The smooth part at x: |pred - x|^2.
  virtual double smooth(std::span<const double> x) = 0;
  /// The rest at x: the group norm.
  virtual double nonsmooth(std::span<const double> x) = 0;
  /// Gradient of the smooth part at the last smooth(); returns the lower bound there.
  virtual Certificate smooth_gradient(std::span<double> out) = 0;
  /// x becomes argmin_z rest(z) + |z - x|^2/2step.
  virtual void prox(std::span<double> x, double step) = 0;
};

}  // namespace zerogap
