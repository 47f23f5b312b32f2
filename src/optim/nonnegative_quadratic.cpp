// SPDX-License-Identifier: Apache-2.0
#include "optim/nonnegative_quadratic.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "kernels/dense.hpp"

namespace zerogap {
namespace {

/// Added to the diagonal, relative to the largest entry: columns may be equal.
constexpr double ridge = 1e-10;
/// A move of less than this, relative to the largest entry, is rounding.
constexpr double smallest_move = 1e-13;

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
      const auto now = slope();
      double worst = 0.0;
      for (const std::size_t k : used_) worst = std::max(worst, std::abs(now[k]));
      if (worst > tolerance && !used_.empty() && move(now, one_at_a_time)) continue;
      const auto entering = steepest(now, tolerance, one_at_a_time);
      if (entering.empty()) return;
      used_.insert(used_.end(), entering.begin(), entering.end());
      std::ranges::sort(used_);
    }
  }

 private:
  std::vector<double> slope() const {
    std::vector<double> out(linear_.begin(), linear_.end());
    for (const std::size_t j : used_)
      for (std::size_t k = 0; k < n_; ++k) out[k] += 2.0 * gram_[j * n_ + k] * x_[j];
    return out;
  }

  /// Moves towards the minimum over the used entries, up to the first that becomes zero, which leaves.
  /// Whether anything changed; `stuck` is set if an entry that has just entered left at once.
  bool move(const std::vector<double>& slope, bool& stuck) {
    const auto way = direction(slope);
    double length = 1.0;
    for (std::size_t a = 0; a < used_.size(); ++a)
      if (x_[used_[a]] + way[a] <= 0.0) length = std::min(length, -x_[used_[a]] / way[a]);
    stuck = stuck || length == 0.0;
    std::vector<std::size_t> kept;
    double moved = 0.0, size = 0.0;
    for (std::size_t a = 0; a < used_.size(); ++a) {
      double& entry = x_[used_[a]];
      const bool leaves = entry + way[a] <= 0.0 && -entry / way[a] <= length;
      moved = std::max(moved, std::abs(length * way[a]));
      entry = leaves ? 0.0 : entry + length * way[a];
      size = std::max(size, entry);
      if (!leaves) kept.push_back(used_[a]);
    }
    const bool left = kept.size() < used_.size();
    used_ = std::move(kept);
    return left || moved > smallest_move * size;
  }

  /// Newton's step on the used entries, whatever their sign; the ridge makes it a step of the proximal point
  /// method.
  std::vector<double> direction(const std::vector<double>& slope) const {
    const auto count = used_.size();
    SymmetricMatrix matrix(static_cast<std::int64_t>(count), threads_);
    std::vector<double> solution(count);
    for (std::size_t a = 0; a < count; ++a) {
      double* row = matrix.row(static_cast<std::int64_t>(a));
      for (std::size_t b = a; b < count; ++b) row[b] = gram_[used_[a] * n_ + used_[b]];
      row[a] += ridge * largest_;
      solution[a] = -0.5 * slope[used_[a]];
    }
    if (!matrix.factor()) return std::vector<double>(count);
    matrix.solve(solution);
    return solution;
  }

  /// The entries at zero along which the function falls by at least half as steeply as along the steepest
  /// one.
  std::vector<std::size_t> steepest(std::vector<double> slope, double tolerance, bool one) const {
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
