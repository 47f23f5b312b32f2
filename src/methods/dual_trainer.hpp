// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "methods/network_trainer.hpp"
#include "model/group_norm.hpp"
#include "objective/dual_pass.hpp"
#include "optim/rule_optimizer.hpp"

namespace zerogap {

/// The dual network in training: the part common to all methods.
template <class T>
class DualTrainer : public NetworkTrainer<T> {
 public:
  DualTrainer(const OptimizerOptions& options, const Problem<T>& problem)
      : NetworkTrainer<T>(options), problem_(&problem) {}

  Network network() const override { return Network::dual; }
  std::vector<typename NetworkTrainer<T>::Shape> parameters() const override {
    return {{"w", problem_->length()}, {"w_prime", problem_->length()}};
  }
  Range share() const override { return problem_->blocks().share; }
  std::int64_t total() const override { return problem_->blocks().total; }

  double evaluate(Evaluator<T>& evaluator, Evaluation& into) override {
    const auto point = point_at(this->weights().result(0).data(), this->weights().result(1).data());
    into.mapped = evaluator.mapped(point, MapKind::eq46);
    into.mapped_gate = evaluator.mapped(point, MapKind::gate_length);
    into.dual = evaluator.dual(point, this->best_lower_bound, this->smoothing_width);
    this->best_lower_bound = into.dual->best_lower_bound;
    return into.dual->value();
  }

 protected:
  DualPoint<T> point_at(const T* w, const T* w_prime) const {
    return {problem_->blocks().g.data(), w, w_prime, share().count(), total(), problem_->length()};
  }

  const Problem<T>* problem_;
};

/// ... by a gradient method. SGD and Adam update the weights in the kernels' memory (kernels/row_step.hpp): a
/// step copies only the sum of the rows' norms to the host, and weights are copied only to be evaluated or
/// saved.
template <class T>
class GradientDualTrainer final : public DualTrainer<T> {
 public:
  GradientDualTrainer(const OptimizerOptions& options, const Problem<T>& problem, std::vector<T> w,
                      std::vector<T> w_prime)
      : DualTrainer<T>(options, problem), pass_(problem.context()) {
    const std::int64_t rows = problem.blocks().share.count();
    std::vector<Parameter<T>> parameters{{"w", rows, problem.length(), std::move(w)},
                                         {"w_prime", rows, problem.length(), std::move(w_prime)}};
    if (options.name == OptimizerName::asgd || options.name == OptimizerName::svrg)
      this->optimizer_ = make_optimizer<T>(options, std::move(parameters));
    else
      keep_resident(std::move(parameters));
  }
  const OverlapTimes& overlap_times() const override { return pass_.overlap_times(); }

  WeightSizes sizes() override {
    WeightSizes mine;
    if (rule_ != nullptr) std::ranges::copy(norms_on_host_.of(norms_), mine.norms.span().begin());
    return mine;
  }
  void know(const WeightSizes& all) override {
    if (rule_ != nullptr) known_norms_ = all.norms.value();
  }
  void start_program(const ProgramCarryover& carried) override {
    DualTrainer<T>::start_program(carried);
    known_norms_.reset();
  }

 protected:
  void move(const Batch& now, double rate) override {
    if (rule_ == nullptr) return DualTrainer<T>::move(now, rate);
    if (!known_norms_)
      known_norms_ = pass_.agreed_norms(this->point_at(rule_->result(0).data(), rule_->result(1).data()));
    const StepRule<T> rule = rule_->begin_step(rate);
    const FixedPoint scale =
        pass_.step_sums(resident_point(), this->problem_->train(), now.images, *known_norms_);
    known_norms_.reset();
    norms_.clear();
    this->problem_->context().kernels->run(RowStep<T>{
        .rows = 2 * this->share().count(),
        .length = this->problem_->length(),
        .sums = pass_.sums().resident(),
        .scale = scale,
        .factor = now.factor,
        .pull = 2.0 * this->problem_->context().beta,
        .rule = rule,
        .weights = rule_->resident().data(),
        .moments = {rule_->resident_moment(0), rule_->resident_moment(1), rule_->resident_moment(2)},
        .norms = norms_.span()});
    pass_.sums().synchronize();
  }

  void gradient(const typename NetworkTrainer<T>::Spans& at, ImageList images, double factor,
                const typename NetworkTrainer<T>::Spans& out) override {
    const auto& of_fit =
        pass_.step(this->point_at(at[0].data(), at[1].data()), this->problem_->train(), images);
    add_group(at[0], of_fit.w, factor, out[0]);
    add_group(at[1], of_fit.w_prime, factor, out[1]);
  }

 private:
  void keep_resident(std::vector<Parameter<T>> parameters) {
    auto& memory = this->problem_->context().kernels->memory();
    auto rule = std::make_unique<RuleOptimizer<T>>(this->options_, std::move(parameters), memory);
    rule_ = rule.get();
    this->optimizer_ = std::move(rule);
    if (!memory.on_host()) g_ = Buffer<T>(memory, std::span<const T>(this->problem_->blocks().g));
    norms_ = Buffer<std::int64_t>(memory, ExactSum::words);
  }
  DualPoint<T> resident_point() const {
    const auto all = rule_->resident();
    auto point = this->point_at(all.data(), all.data() + all.size() / 2);
    if (g_.size() > 0) point.g = g_.data();
    point.resident = true;
    return point;
  }
  /// out = factor * of_fit + 2 beta w_j/|w_j|, with PyTorch's subgradient 0 at w_j = 0.
  void add_group(std::span<const T> w, const std::vector<double>& of_fit, double factor,
                 std::span<T> out) const {
    const int d = this->problem_->length();
    for (std::int64_t j = 0; j < this->share().count(); ++j) {
      const double pull = group_norm_factor(w.data(), j, d, this->problem_->context().beta);
      for (std::int64_t i = j * d; i < (j + 1) * d; ++i) {
        const auto at = static_cast<std::size_t>(i);
        out[at] = static_cast<T>(factor * of_fit[at] + pull * double{w[at]});
      }
    }
  }

  DualPass<T> pass_;
  RuleOptimizer<T>* rule_ = nullptr;  ///< the optimizer, if kernels perform its steps
  Buffer<T> g_;                       ///< the blocks' g, if the kernels' memory is not the host's
  Buffer<std::int64_t> norms_;        ///< words of this rank's sum of norms after the last step
  HostView<std::int64_t> norms_on_host_;
  std::optional<double> known_norms_;  ///< over all ranks, if known
};

}  // namespace zerogap
