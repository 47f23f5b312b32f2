// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "methods/preconditioner.hpp"
#include "optim/program.hpp"
#include "problem/problem.hpp"

namespace zerogap {

/// The sampled program on the training set as solvers see it. A vector is w, then w', of this rank's blocks:
/// 2 (count, d) in double; kernels get it rounded to T. Passes go through the kernels and the process grid;
/// the preconditioner's matrices are the same on every rank, each of which factors them.
template <class T>
class DualOperator final : public ConvexProgram, public CompositeProgram {
 public:
  /// `memory`: bytes for the preconditioner's matrices on each rank.
  DualOperator(const Problem<T>& problem, double memory);

  std::size_t size() const override { return 2 * half(); }
  void to_storage_precision(std::span<double> x) const override;
  double rounding() const override;
  double dot(std::span<const double> a, std::span<const double> b) override;

  double value(std::span<const double> x, Smoothing smoothing) override;
  double norm_smoothing(std::span<const double> x, double epsilon) override;
  Certificate gradient(std::span<double> out) override;
  bool prepare(std::span<const double> x, Smoothing smoothing, double kink) override;
  void predictor_gradient(std::span<double> gradient) const override;
  void apply(std::span<const double> v, std::span<double> out) override;
  void precondition(std::span<const double> r, std::span<double> out) override;

  double smooth(std::span<const double> x) override;
  double nonsmooth(std::span<const double> x) override;
  Certificate smooth_gradient(std::span<double> out) override;
  void prox(std::span<double> x, double step) override;

  /// To be called after the blocks have changed: everything that depends on their gates is computed again.
  void invalidate_preconditioner() { preconditioner_.reset(); }

  /// The size of the preconditioner made since the last call; none if the previous one was reused.
  std::optional<PreconditionerSize> take_preconditioner_made() {
    return std::exchange(preconditioner_made_, std::nullopt);
  }

  /// Pairs (a patch with a block) processed so far; forward and backward count as one pass.
  double pairs() const { return pairs_; }
  const OverlapTimes& overlap_times() const { return pass_.overlap_times(); }

 private:
  std::size_t half() const { return problem_->blocks().g.size(); }
  std::int64_t count() const { return problem_->blocks().share.count(); }
  int length() const { return problem_->length(); }
  /// x rounded to T, as a point of the program; valid until the next call.
  DualPoint<T> point(std::span<const double> x);
  void count_pass(double share);
  /// sum_j sqrt(|w_j|^2 + epsilon^2) - epsilon, both halves, all ranks.
  double norms(std::span<const double> x, double epsilon);
  /// The second derivatives of hinge and norm at the point, (2 count, d, d).
  void curve(std::span<const double> x, Smoothing smoothing, double kink);
  void add_norm_curvature(const double* w, const double* slope, double epsilon, double* block) const;
  void add_hinge_curvature(const DualPoint<T>& at, double mu, double kink);
  /// out += the blocks of curve() times v.
  void multiply_blocks(std::span<const double> v, std::span<double> out) const;
  /// This rank's rows of (2 count, columns) among those of all ranks, (2P, columns).
  std::vector<double> all_rows(std::span<const double> own, std::int64_t columns, int halves);
  void make_preconditioner();

  const Problem<T>* problem_;
  double memory_, pairs_ = 0.0;
  DualPass<T> pass_;
  std::vector<T> w_, w_prime_;
  std::vector<double> x_;        ///< x of the last value()
  Smoothing smoothing_;          ///< of the last value()
  std::vector<double> slopes_;   ///< gradient of fit and hinge, at the last gradient()
  std::vector<double> blocks_;   ///< see curve()
  std::vector<double> sharper_;  ///< the part added by predictor_gradient()
  Buffer<T> no_target_, product_residual_;
  Buffer<std::int64_t> product_;
  GradientSums sums_;
  std::optional<SampledPreconditioner> preconditioner_;
  double preconditioned_lambda_ = 0.0;  ///< that its gates are of
  std::optional<PreconditionerSize> preconditioner_made_;
};

}  // namespace zerogap
