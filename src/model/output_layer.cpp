// SPDX-License-Identifier: Apache-2.0
#include "model/output_layer.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/cholesky.hpp"

namespace zerogap {
namespace {

using Vector = std::vector<double>;

/// Output weights whose slope exceeds beta by less than this, relative, stay at zero.
constexpr double slack = 1e-13;
constexpr int most_steps = 200;

/// The lasso problem and its current iterate.
class Lasso {
 public:
  Lasso(std::span<const double> gram, std::span<const double> target, double beta, std::span<double> v)
      : gram_(gram), target_(target), beta_(beta), v_(v) {}

  void run() {
    for (int n = 0; n < most_steps; ++n) {
      const auto rest = slopes();
      const bool is_minimised = minimise_active(rest);
      if (!is_minimised) continue;
      const auto next = entering(rest);
      if (!next) return;
      step(rest, *next);
    }
  }

 private:
  /// b - Gv.
  Vector slopes() const {
    Vector rest(target_.begin(), target_.end());
    for (std::size_t k = 0; k < rest.size(); ++k)
      for (std::size_t j = 0; j < rest.size(); ++j) rest[k] -= gram_[k * rest.size() + j] * v_[j];
    return rest;
  }
  /// One step on the active weights; true if there was nothing to do.
  bool minimise_active(const Vector& rest) {
    double worst = 0.0;
    for (std::size_t k = 0; k < v_.size(); ++k)
      if (v_[k] != 0.0) worst = std::max(worst, std::abs(rest[k] - std::copysign(beta_, v_[k])));
    return worst <= slack * beta_ || !step(rest, std::nullopt);
  }
  std::optional<std::size_t> entering(const Vector& rest) const {
    std::optional<std::size_t> best;
    double most = beta_ * (1.0 + slack);
    for (std::size_t k = 0; k < v_.size(); ++k)
      if (v_[k] == 0.0 && std::abs(rest[k]) > most && gram_[k * v_.size() + k] > 0.0)
        most = std::abs(rest[k]), best = k;
    return best;
  }
  /// A step towards the minimum for the current signs, as far as the objective decreases; one weight may
  /// enter.
  bool step(const Vector& rest, std::optional<std::size_t> entering) {
    const std::size_t n = v_.size();
    std::vector<std::size_t> used;
    for (std::size_t k = 0; k < n; ++k)
      if (v_[k] != 0.0 || k == entering) used.push_back(k);
    Vector matrix, right;
    for (const std::size_t k : used) {
      for (const std::size_t j : used) matrix.push_back(gram_[k * n + j]);
      right.push_back(rest[k] - std::copysign(beta_, v_[k] != 0.0 ? v_[k] : rest[k]));
    }
    const auto way = solve_semidefinite(std::move(matrix), std::move(right));
    Vector direction(n), lengths{1.0};
    for (std::size_t a = 0; a < used.size(); ++a) {
      direction[used[a]] = way[a];
      const double crossing = -v_[used[a]] / way[a];
      if (crossing > 0.0 && crossing < 1.0) lengths.push_back(crossing);
    }
    Vector best(v_.begin(), v_.end());
    double least = 0.0;
    for (const double length : lengths) {
      Vector there(n);
      for (std::size_t k = 0; k < n; ++k) {
        there[k] = v_[k] + length * direction[k];
        if (v_[k] != 0.0 && length == -v_[k] / direction[k]) there[k] = 0.0;
      }
      if (const double change = this->change(rest, there); change < least) least = change, best = there;
    }
    std::ranges::copy(best, v_.begin());
    return least < 0.0;
  }
  /// The change of the objective along the step from v, without cancellation of large terms.
  double change(const Vector& rest, const Vector& there) const {
    const std::size_t n = v_.size();
    double sum = 0.0;
    for (std::size_t k = 0; k < n; ++k) {
      const double by = there[k] - v_[k];
      double curved = 0.0;
      for (std::size_t j = 0; j < n; ++j) curved += gram_[k * n + j] * (there[j] - v_[j]);
      sum += by * (curved - 2.0 * rest[k]) + 2.0 * beta_ * (std::abs(there[k]) - std::abs(v_[k]));
    }
    return sum;
  }

  std::span<const double> gram_, target_;
  double beta_;
  std::span<double> v_;
};

}  // namespace

std::vector<double> ridge_weights(std::span<const double> gram, std::span<const double> target, double beta) {
  Vector matrix(gram.begin(), gram.end());
  for (std::size_t k = 0; k < target.size(); ++k) matrix[k * target.size() + k] += beta;
  return solve_semidefinite(std::move(matrix), {target.begin(), target.end()});
}

void lasso_weights(std::span<const double> gram, std::span<const double> target, double beta,
                   std::span<double> v) {
  Lasso(gram, target, beta, v).run();
}

}  // namespace zerogap
