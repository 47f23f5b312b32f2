// SPDX-License-Identifier: Apache-2.0
#include "optim/bfgs.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <numeric>

namespace zerogap {
namespace {

constexpr std::size_t most_full = 400;            ///< entries of x up to which the full matrix is stored
constexpr std::size_t memory = 40;                ///< curvature pairs kept beyond that
constexpr int line_search_evaluations = 40;       ///< at most
constexpr double decrease = 1e-4, flatter = 0.5;  ///< weak Wolfe: of the value and of the slope
constexpr std::size_t patience = 10;              ///< steps over which the gain is measured

using Vector = std::vector<double>;

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// A point with the function's value and gradient there.
struct Point {
  Vector x, gradient;
  double value = 0.0;
};

/// An estimate of the inverse Hessian from the changes of x and of the gradient.
class InverseHessian {
 public:
  explicit InverseHessian(std::size_t size) : size_(size), full_(size <= most_full) {}

  void add(const Point& from, const Point& to) {
    Pair pair{to.x, to.gradient, 0.0};
    for (std::size_t i = 0; i < size_; ++i) {
      pair.step[i] -= from.x[i];
      pair.change[i] -= from.gradient[i];
    }
    pair.product = dot(pair.step, pair.change);
    if (!(pair.product > 0.0)) return;
    if (full_) return update(pair);
    pairs_.push_back(std::move(pair));
    if (pairs_.size() > memory) pairs_.pop_front();
  }
  bool empty() const { return pairs_.empty() && matrix_.empty(); }
  void clear() {
    pairs_.clear();
    matrix_.clear();
  }
  /// -H gradient.
  Vector direction(const Vector& gradient) const {
    Vector out = matrix_.empty() ? two_loops(gradient) : product(gradient);
    for (double& entry : out) entry = -entry;
    return out;
  }

 private:
  struct Pair {
    Vector step, change;
    double product;
  };
  static void add_multiple(Vector& to, double factor, const Vector& of) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += factor * of[i];
  }

  Vector product(const Vector& v) const {
    Vector out(size_);
    for (std::size_t i = 0; i < size_; ++i) out[i] = dot(std::span(matrix_).subspan(i * size_, size_), v);
    return out;
  }
  /// H = (1 - s y'/y's) H (1 - y s'/y's) + s s'/y's.
  void update(const Pair& pair) {
    if (matrix_.empty()) {
      matrix_.assign(size_ * size_, 0.0);
      for (std::size_t i = 0; i < size_; ++i)
        matrix_[i * size_ + i] = pair.product / dot(pair.change, pair.change);
    }
    const Vector hy = product(pair.change);
    const double of_step = (1.0 + dot(pair.change, hy) / pair.product) / pair.product;
    for (std::size_t i = 0; i < size_; ++i)
      for (std::size_t j = 0; j < size_; ++j)
        matrix_[i * size_ + j] += of_step * pair.step[i] * pair.step[j] -
                                  (hy[i] * pair.step[j] + pair.step[i] * hy[j]) / pair.product;
  }
  Vector two_loops(const Vector& gradient) const {
    Vector q(gradient), factors(pairs_.size());
    for (std::size_t n = pairs_.size(); n-- > 0;) {
      factors[n] = dot(pairs_[n].step, q) / pairs_[n].product;
      add_multiple(q, -factors[n], pairs_[n].change);
    }
    if (!pairs_.empty()) {
      const auto& last = pairs_.back();
      for (double& entry : q) entry *= last.product / dot(last.change, last.change);
    }
    for (std::size_t n = 0; n < pairs_.size(); ++n) {
      const double factor = dot(pairs_[n].change, q) / pairs_[n].product;
      add_multiple(q, factors[n] - factor, pairs_[n].step);
    }
    return q;
  }

  std::size_t size_;
  bool full_;
  std::deque<Pair> pairs_;  ///< of L-BFGS
  Vector matrix_;           ///< of BFGS, (size, size), row-major
};

/// Line search from `at` along `direction`; false if no lower point was found.
bool line_search(const GradientFunction& function, const Vector& direction, double length, Point& at) {
  const double slope = dot(at.gradient, direction);
  if (!(slope < 0.0)) return false;
  double low = 0.0, high = std::numeric_limits<double>::infinity();
  Point trial{at.x, at.gradient, 0.0}, lowest = at;
  for (int n = 0; n < line_search_evaluations; ++n) {
    for (std::size_t i = 0; i < trial.x.size(); ++i) trial.x[i] = at.x[i] + length * direction[i];
    trial.value = function(trial.x, trial.gradient);
    if (!(trial.value <= at.value + decrease * length * slope)) {
      high = length;
    } else {
      if (trial.value < lowest.value) lowest = trial;
      if (dot(trial.gradient, direction) >= flatter * slope) break;
      low = length;
    }
    length = high < std::numeric_limits<double>::infinity() ? 0.5 * (low + high) : 2.0 * length;
  }
  if (!(lowest.value < at.value)) return false;
  at = std::move(lowest);
  return true;
}

}  // namespace

BfgsReport minimise(const GradientFunction& function, std::vector<double>& x, std::int64_t steps,
                    double tolerance) {
  BfgsReport report;
  Point at{x, Vector(x.size()), 0.0};
  at.value = function(at.x, at.gradient);
  InverseHessian hessian(x.size());
  std::deque<double> values{at.value};
  while (report.steps < steps && !report.converged) {
    const auto direction = hessian.direction(at.gradient);
    const double norm = std::sqrt(dot(direction, direction));
    const double first = hessian.empty() && norm > 0.0 ? std::min(1.0, 0.1 / norm) : 1.0;
    const Point before = at;
    if (!line_search(function, direction, first, at)) {
      report.converged = hessian.empty();
      hessian.clear();
      continue;
    }
    ++report.steps;
    hessian.add(before, at);
    values.push_back(at.value);
    if (values.size() > patience + 1) values.pop_front();
    if (values.size() > patience)
      report.converged = values.front() - at.value <= tolerance * std::abs(at.value);
  }
  x = at.x;
  report.value = at.value;
  return report;
}

}  // namespace zerogap
