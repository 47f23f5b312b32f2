// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "methods/network_trainer.hpp"

namespace zerogap {

/// The primal network in training: the part common to all methods.
template <class T>
class PrimalTrainer : public NetworkTrainer<T> {
 public:
  PrimalTrainer(const OptimizerOptions& options, const Problem<T>& problem)
      : NetworkTrainer<T>(options), problem_(&problem) {}

  Network network() const override { return Network::primal; }
  std::vector<typename NetworkTrainer<T>::Shape> parameters() const override {
    return {{"u", problem_->length()}, {"v", 1}};
  }
  Range share() const override { return problem_->filter_share(); }
  std::int64_t total() const override { return problem_->filters(); }

  double evaluate(Evaluator<T>& evaluator, Evaluation& into) override {
    const auto point = point_at(this->weights().result(0).data(), this->weights().result(1).data());
    into.embedded = evaluator.embedded(point);
    into.primal = evaluator.primal({point}, true);
    return into.primal->train.objective();
  }

 protected:
  PrimalPoint<T> point_at(const T* u, const T* v) const {
    return {u, v, share().count(), total(), problem_->length()};
  }

  const Problem<T>* problem_;
};

}  // namespace zerogap
