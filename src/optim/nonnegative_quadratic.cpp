// SPDX-License-Identifier: Apache-2.0
#include "optim/nonnegative_quadratic.hpp"

#include <algorithm>
#include <cstddef>

#include "kernels/dense.hpp"

namespace zerogap {
namespace {

/// Added to the diagonal, relative to the largest entry: columns may be equal.
constexpr double ridge = 1e-12;

class ActiveSet {
 public:
  ActiveSet(std::span<const double> gram, std::span<const double> linear, int threads, std::vector<double>& x)
      : gram_(gram), linear_(linear), threads_(threads), x_(x), n_(x.size()) {
    for (std::size_t k = 0; k < n_; ++k) {
      largest_ = std::max(largest_, gram_[k * n_ + k]);
      if (x_[k] > 0.0) used_.push_back(k);
    }
  }

  void run(double tolerance) {
    bool one_at_a_time = false;
    for (std::size_t step = 0; step < 4 * n_ + 50; ++step) {
      if (!used_.empty() && !move(one_at_a_time)) continue;
      const auto entering = steepest(tolerance, one_at_a_time);
      if (entering.empty()) return;
      used_.insert(used_.end(), entering.begin(), entering.end());
      std::ranges::sort(used_);
    }
  }

 private:
  /// Moves towards the minimum over the used entries, up to the first that becomes zero, which leaves.
  /// Whether the minimum was reached; `stuck` is set if an entry that has just entered left at once.
  bool move(bool& stuck) {
    const auto there = minimum();
    double length = 1.0;
    for (std::size_t a = 0; a < used_.size(); ++a)
      if (!(there[a] > 0.0)) length = std::min(length, x_[used_[a]] / (x_[used_[a]] - there[a]));
    stuck = stuck || length == 0.0;
    std::vector<std::size_t> kept;
    for (std::size_t a = 0; a < used_.size(); ++a) {
      double& entry = x_[used_[a]];
      const bool leaves = !(there[a] > 0.0) && entry / (entry - there[a]) <= length;
      entry = leaves ? 0.0 : entry + length * (there[a] - entry);
      if (!leaves) kept.push_back(used_[a]);
    }
    const bool reached = kept.size() == used_.size();
    used_ = std::move(kept);
    return reached;
  }

  /// Of x'Gx + b'x over the used entries, whatever their sign.
  std::vector<double> minimum() const {
    const auto count = used_.size();
    SymmetricMatrix matrix(static_cast<std::int64_t>(count), threads_);
    std::vector<double> solution(count);
    for (std::size_t a = 0; a < count; ++a) {
      double* row = matrix.row(static_cast<std::int64_t>(a));
      for (std::size_t b = a; b < count; ++b) row[b] = gram_[used_[a] * n_ + used_[b]];
      row[a] += ridge * largest_;
      solution[a] = -0.5 * linear_[used_[a]];
    }
    if (matrix.factor()) matrix.solve(solution);
    return solution;
  }

  /// The entries at zero along which the function falls by at least half as steeply as along the steepest
  /// one.
  std::vector<std::size_t> steepest(double tolerance, bool one) const {
    std::vector<double> slope(linear_.begin(), linear_.end());
    for (const std::size_t j : used_)
      for (std::size_t k = 0; k < n_; ++k) slope[k] += 2.0 * gram_[j * n_ + k] * x_[j];
    for (const std::size_t j : used_) slope[j] = 0.0;
    const auto least = static_cast<std::size_t>(std::ranges::min_element(slope) - slope.begin());
    if (n_ == 0 || !(slope[least] < -tolerance)) return {};
    if (one) return {least};
    std::vector<std::size_t> out;
    for (std::size_t k = 0; k < n_; ++k)
      if (slope[k] < -tolerance && slope[k] <= 0.5 * slope[least]) out.push_back(k);
    return out;
  }

  std::span<const double> gram_, linear_;
  int threads_;
  std::vector<double>& x_;
  std::size_t n_;
  double largest_ = 0.0;
  std::vector<std::size_t> used_;
};

}  // namespace

void minimise_nonnegative(std::span<const double> gram, std::span<const double> linear, double tolerance,
                          int threads, std::vector<double>& x) {
  ActiveSet(gram, linear, threads, x).run(tolerance);
}

}  // namespace zerogap
