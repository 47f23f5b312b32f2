// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "model/filters.hpp"
#include "problem/problem.hpp"

namespace zerogap {

/// A primal network measured on the training and the test set (test sums scaled by I_train/I_test).
struct PrimalReport {
  NetworkForm form = NetworkForm::decay;
  PrimalValues train;
  std::optional<PrimalValues> test;
  double psnr = 0.0, test_psnr = 0.0;   ///< dB, peak 1, pooled over all pixels
  bool active = true;                   ///< false: no activation passes the threshold (dead)
  std::int64_t filters = 0;             ///< with v_k != 0
  std::int64_t width = 0;               ///< K
  std::optional<double> gradient_norm;  ///< of the objective; ball: of its feasible part
};

/// A dual network measured on both sets, with its certificate on the training set.
struct DualReport {
  DualValues train;
  std::optional<DualValues> test;
  double rho = 0.0;
  double psnr = 0.0, test_psnr = 0.0;
  double feasible_objective =
      0.0;  ///< fit + group of the repaired, feasible point (section 4), or of w = 0 if that is less
  SampledBound bound;  ///< at width 0
  std::vector<Certificate>
      width_bounds;  ///< at the configured widths; empty for rho = 0, where they have no effect
  Certificate best_lower_bound;
  std::int64_t blocks = 0;     ///< with w_j or w'_j != 0
  double gradient_norm = 0.0;  ///< of J, with the zero subgradient of the norm at 0

  bool hard = false;  ///< network.constraints: the program has the inequalities themselves
  /// hard: max_violation over the largest side of a constraint, max |c_ij y_i.w_j|, |c_ij y_i.w'_j|
  double relative_violation = 0.0;

  double objective() const { return train.objective(rho); }  ///< J
  /// The objective of the program to which the lower bound applies.
  double value() const { return hard ? feasible_objective : objective(); }
  double gap() const { return certified_gap(value(), best_lower_bound); }
};

/// The results of one evaluation. Mapped networks come from the dual's weights, the embedded point from the
/// primal's filters.
struct Evaluation {
  std::optional<PrimalReport> primal, mapped, mapped_gate;
  std::optional<DualReport> dual, embedded;
};

/// The part of an evaluation that belongs to one network: the primal with the embedded point, or the dual
/// with its mapped networks.
Evaluation part_of(const Evaluation& evaluation, Network network);

/// Measures networks on a problem's data. Collective over the grid; the same on any grid.
template <class T>
class Evaluator {
 public:
  /// `test`: the test images; null: no test values are measured.
  Evaluator(const Problem<T>& problem, std::vector<double> widths, const PatchSet<T>* test)
      : problem_(&problem),
        test_(test),
        widths_(std::move(widths)),
        primal_(problem.context()),
        dual_(problem.context()) {}

  /// ... the problem's own.
  Evaluator(const Problem<T>& problem, std::vector<double> widths)
      : Evaluator(problem, std::move(widths), problem.test()) {}

  PrimalReport primal(const std::vector<PrimalPoint<T>>& parts, bool with_gradient);
  /// `best` is the best bound known so far for this problem (none by default). The bound is computed for
  /// multipliers of the configured widths and, if it is not 0, of `smoothing_width` (section 5).
  DualReport dual(const DualPoint<T>& point, Certificate best = {}, double smoothing_width = 0.0);
  /// The network of the problem's form into which a map converts the dual point.
  PrimalReport mapped(const DualPoint<T>& point, MapKind kind);
  /// The primal network's own filters as blocks; relative: the unit ones.
  DualReport embedded(const PrimalPoint<T>& point);

  /// The passes after the last call, at the training set.
  PrimalPass<T>& primal_pass() { return primal_; }
  DualPass<T>& dual_pass() { return dual_; }

 private:
  double gradient_norm(const DualPoint<T>& point, const DualGradient& gradient);
  double gradient_norm(const PrimalPoint<T>& point);
  double repaired_objective(const DualPoint<T>& point);
  /// max c_ij y_i.w_j: the largest violation of -w, -w'.
  double largest_agreement(const DualPoint<T>& point);

  /// The factor of test sums that makes both sets comparable: I_train/I_test.
  double test_factor() const {
    return static_cast<double>(problem_->train().patches()) / static_cast<double>(test_->patches());
  }

  const Problem<T>* problem_;
  const PatchSet<T>* test_;
  std::vector<double> widths_;
  PrimalPass<T> primal_;
  DualPass<T> dual_;
  std::vector<T> scratch_[4];  ///< weights of the last mapped or embedded network
};

}  // namespace zerogap
