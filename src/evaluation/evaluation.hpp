#pragma once

#include <nlohmann/json_fwd.hpp>

#include <limits>
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
  std::optional<double> gradient_norm;  ///< of the objective; ball: of what a feasible step can follow of it
};

/// A dual network measured on both sets, with its certificate on the training set.
struct DualReport {
  DualValues train;
  std::optional<DualValues> test;
  double rho = 0.0;
  double psnr = 0.0, test_psnr = 0.0;
  double feasible_objective =
      0.0;      ///< fit + group of the repaired, feasible point (section 4), or of w = 0 if that is less
  Bound bound;  ///< at width 0
  std::vector<double>
      width_bounds;  ///< at the configured widths; empty for rho = 0, where they change nothing
  double best_lower_bound = 0.0;
  std::int64_t blocks = 0;     ///< with w_j or w'_j != 0
  double gradient_norm = 0.0;  ///< of J, with the zero subgradient of the norm at 0

  bool hard = false;          ///< network.constraints: the program is that of the inequalities
  double largest_side = 0.0;  ///< hard: max |c_ij y_i.w_j|, |c_ij y_i.w'_j|

  double objective() const { return train.objective(rho); }  ///< J
  /// Of the program: what the lower bound is a bound of.
  double value() const { return hard ? feasible_objective : objective(); }
  double gap() const { return relative_gap(value(), best_lower_bound); }
  /// hard: max_violation over largest_side.
  double relative_violation() const { return largest_side > 0.0 ? train.max_violation / largest_side : 0.0; }
};

/// Everything one evaluation says. Mapped networks come from the dual's weights, the embedded point from the
/// primal's filters.
struct Evaluation {
  std::optional<PrimalReport> primal, mapped, mapped_gate;
  std::optional<DualReport> dual, embedded;
};

/// As history.jsonl and result.json have it (docs/formats.md).
nlohmann::ordered_json to_json(const PrimalReport& report);
/// The same of the dual.
nlohmann::ordered_json to_json(const DualReport& report);
/// The same of all networks.
nlohmann::ordered_json to_json(const Evaluation& evaluation);

/// Measures networks on a problem's data. Collective over the grid; the same on any grid.
template <class T>
class Evaluator {
 public:
  Evaluator(const Problem<T>& problem, std::vector<double> widths)
      : problem_(&problem),
        widths_(std::move(widths)),
        primal_(problem.context()),
        dual_(problem.context()) {}

  PrimalReport primal(const std::vector<PrimalPoint<T>>& parts, bool with_gradient);
  /// `best` is the best bound known so far for this very problem (-infinity: none); slopes of `width` are
  /// tried beside the configured ones where it is not 0.
  DualReport dual(const DualPoint<T>& point, double best = -std::numeric_limits<double>::infinity(),
                  double width = 0.0);
  /// The network of the problem's form that a map makes of the dual point.
  PrimalReport mapped(const DualPoint<T>& point, MapKind kind);
  /// The primal network's own filters as blocks; relative: the unit ones.
  DualReport embedded(const PrimalPoint<T>& point);

  /// The passes as the last call left them: at the training set.
  PrimalPass<T>& primal_pass() { return primal_; }
  DualPass<T>& dual_pass() { return dual_; }

 private:
  double gradient_norm(const DualPoint<T>& point, const DualGradient& gradient);
  double gradient_norm(const PrimalPoint<T>& point);
  double repaired_objective(const DualPoint<T>& point);
  /// max c_ij y_i.w_j: the largest violation of -w, -w'.
  double largest_agreement(const DualPoint<T>& point);

  const Problem<T>* problem_;
  std::vector<double> widths_;
  PrimalPass<T> primal_;
  DualPass<T> dual_;
  std::vector<T> scratch_[4];  ///< weights of the mapped or embedded network measured last
};

}  // namespace zerogap
