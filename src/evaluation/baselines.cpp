// SPDX-License-Identifier: Apache-2.0
#include "evaluation/baselines.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "optim/cg.hpp"

namespace zerogap {
namespace {

/// With lambda = 0 and rho = 0 a single block is a linear filter: q = 1, pred = Y w'. So the dual pass gives
/// Yf and Y'r, and conjugate gradients on the normal equations find the best filter, the same on any grid. As
/// an operator it is 2 Y'Y.
template <class T>
class LinearFilter final : public LinearOperator {
 public:
  explicit LinearFilter(const Problem<T>& problem)
      : problem_(&problem),
        context_(linear(problem.context())),
        pass_(context_),
        length_(static_cast<std::size_t>(problem.length())) {
    const bool mine = problem.grid().arrangement_axis().rank() == 0;
    count_ = mine ? 1 : 0;
    gate_.assign(length_, T{1});
    zero_.assign(length_, T{0});
  }

  std::vector<double> solve() {
    origin_ = descent(std::vector<double>(length_, 0.0));
    const double size = dot(origin_, origin_);
    if (!(size > 0.0)) return origin_;
    std::vector<double> curved(length_);
    apply(origin_, curved);
    // A power of two: it changes no digit.
    scale_ = std::exp2(std::ilogb(std::max(dot(origin_, curved) / size, 1e-300)));
    return conjugate_gradients(*this, origin_, 1e-12, 8 * static_cast<std::int64_t>(length_)).solution;
  }

  double dot(std::span<const double> a, std::span<const double> b) override {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  }
  /// The descent is affine in the filter.
  void apply(std::span<const double> filter, std::span<double> out) override {
    const auto there = descent(filter);
    for (std::size_t k = 0; k < length_; ++k) out[k] = origin_[k] - there[k];
  }
  void precondition(std::span<const double> r, std::span<double> out) override {
    for (std::size_t k = 0; k < length_; ++k) out[k] = r[k] / scale_;
  }

  /// |Y f - x|^2 on a set.
  double fit(const std::vector<double>& filter, const PatchSet<T>& set) {
    forward(filter, set);
    return pass_.values().fit;
  }

 private:
  static PassContext<T> linear(PassContext<T> context) {
    context.lambda = context.rho = context.beta = 0.0;
    return context;
  }

  void forward(std::span<const double> filter, const PatchSet<T>& set) {
    weights_.assign(filter.begin(), filter.end());
    pass_.forward({gate_.data(), zero_.data(), weights_.data(), count_, 1, problem_->length()}, set,
                  set.all_images, false);
  }
  /// -2 Y'(Y f - x), on all ranks.
  std::vector<double> descent(std::span<const double> filter) {
    forward(filter, problem_->train());
    auto gradient = pass_.backward(0.0).w_prime;
    for (double& g : gradient) g = -g;
    return share(gradient);
  }
  /// The filter lives on the first column of the grid; the others learn of it here.
  std::vector<double> share(std::vector<double> values) {
    values.resize(length_);
    problem_->grid().arrangement_axis().broadcast(std::as_writable_bytes(std::span(values)), 0);
    return values;
  }

  const Problem<T>* problem_;
  PassContext<T> context_;
  DualPass<T> pass_;
  std::size_t length_;
  std::int64_t count_;
  std::vector<T> gate_, zero_, weights_;
  std::vector<double> origin_;  ///< 2 Y'x
  double scale_ = 1.0;          ///< the curvature of 2 Y'Y along 2 Y'x, down to a power of two
};

}  // namespace

template <class T>
Baselines measure_baselines(const Problem<T>& problem) {
  LinearFilter<T> linear(problem);
  const auto filter = linear.solve();
  const auto of = [&](const PatchSet<T>& set, double factor) {
    SetBaselines values{.zero_objective = factor * set.target_square};
    if (!set.data.shape.patch_list) values.noisy_psnr = set.psnr(set.noisy_error);
    const double fit = linear.fit(filter, set);
    values.linear_fit = factor * fit;
    values.linear_psnr = set.psnr(fit);
    return values;
  };
  Baselines all{of(problem.train(), 1.0), std::nullopt};
  if (const auto* test = problem.test())
    all.test =
        of(*test, static_cast<double>(problem.train().patches()) / static_cast<double>(test->patches()));
  return all;
}

template Baselines measure_baselines(const Problem<float>&);
template Baselines measure_baselines(const Problem<double>&);

}  // namespace zerogap
