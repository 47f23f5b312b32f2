#pragma once

#include <utility>
#include <vector>

#include "train/trainee.hpp"

namespace zerogap {

/// The dual network in training, whatever moves its weights.
template <class T>
class DualTrainee : public Trainee<T> {
 public:
  DualTrainee(const OptimizerOptions& options, const Problem<T>& problem)
      : Trainee<T>(options), problem_(&problem) {}

  Network network() const override { return Network::dual; }
  std::vector<typename Trainee<T>::Shape> parameters() const override {
    return {{"w", problem_->length()}, {"w_prime", problem_->length()}};
  }
  Range share() const override { return problem_->blocks().share; }
  std::int64_t total() const override { return problem_->blocks().total; }

  double evaluate(Evaluator<T>& evaluator, Evaluation& into) override {
    const auto point = point_at(this->weights().result(0).data(), this->weights().result(1).data());
    into.mapped = evaluator.mapped(point, MapKind::eq46);
    into.mapped_gate = evaluator.mapped(point, MapKind::gate_length);
    into.dual = evaluator.dual(point, this->best_lower_bound, this->slope_width);
    this->best_lower_bound = into.dual->best_lower_bound;
    return into.dual->value();
  }

 protected:
  DualPoint<T> point_at(const T* w, const T* w_prime) const {
    return {problem_->blocks().g.data(), w, w_prime, share().count(), total(), problem_->length()};
  }

  const Problem<T>* problem_;
};

/// ... by a rule that steps along gradients.
template <class T>
class SteppedDual final : public DualTrainee<T> {
 public:
  SteppedDual(const OptimizerOptions& options, const Problem<T>& problem, std::vector<T> w,
              std::vector<T> w_prime)
      : DualTrainee<T>(options, problem), pass_(problem.context()) {
    const std::int64_t rows = problem.blocks().share.count();
    this->optimizer_ = make_optimizer<T>(options, {{"w", rows, problem.length(), std::move(w)},
                                                   {"w_prime", rows, problem.length(), std::move(w_prime)}});
  }
  const OverlapTimes& overlap_times() const override { return pass_.overlap_times(); }

 protected:
  void gradient(const typename Trainee<T>::Spans& at, ImageList images, double factor,
                const typename Trainee<T>::Spans& out) override {
    const auto& of_fit =
        pass_.step(this->point_at(at[0].data(), at[1].data()), this->problem_->train(), images);
    add_group(at[0], of_fit.w, factor, out[0]);
    add_group(at[1], of_fit.w_prime, factor, out[1]);
  }

 private:
  /// out = factor * of_fit + 2 beta w_j/|w_j|, with 0 for the latter where w_j = 0 (PyTorch's subgradient of
  /// the norm).
  void add_group(std::span<const T> w, const std::vector<double>& of_fit, double factor,
                 std::span<T> out) const {
    const int d = this->problem_->length();
    for (std::int64_t j = 0; j < this->share().count(); ++j) {
      const double norm = row_norm(w.data(), j, d);
      const double pull = norm > 0.0 ? 2.0 * this->problem_->context().beta / norm : 0.0;
      for (std::int64_t i = j * d; i < (j + 1) * d; ++i) {
        const auto at = static_cast<std::size_t>(i);
        out[at] = static_cast<T>(factor * of_fit[at] + pull * double{w[at]});
      }
    }
  }

  DualPass<T> pass_;
};

}  // namespace zerogap
