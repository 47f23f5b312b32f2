// SPDX-License-Identifier: Apache-2.0
#include "optim/rule_optimizer.hpp"

#include <algorithm>
#include <cmath>

namespace zerogap {
namespace {

std::vector<std::string> moment_names(const OptimizerOptions& options) {
  if (options.name == OptimizerName::sgd)
    return options.momentum == 0.0 ? std::vector<std::string>{} : std::vector<std::string>{"momentum"};
  if (options.name == OptimizerName::adagrad) return {"sum"};
  std::vector<std::string> names{"exp_avg", "exp_avg_sq"};
  if (options.amsgrad) names.emplace_back("max_exp_avg_sq");
  return names;
}

}  // namespace

template <class T>
RuleOptimizer<T>::RuleOptimizer(const OptimizerOptions& options, std::vector<Parameter<T>> parameters,
                                Memory& memory)
    : options_(options), described_(std::move(parameters)), memory_(&memory) {
  std::vector<T> all;
  for (auto& p : described_) {
    starts_.push_back(all.size());
    all.insert(all.end(), p.initial.begin(), p.initial.end());
    p.initial = {};
  }
  values_.resize(1 + moment_names(options).size());
  for (auto& array : values_) array.resident = Buffer<T>(memory, all.size());
  values_[0].resident.upload(all);
  for (std::size_t m = 1; m < values_.size(); ++m) values_[m].resident.clear();
  if (memory.on_host()) gradient_.resize(all.size());
}

template <class T>
std::span<T> RuleOptimizer<T>::on_host(Array& array) {
  if (memory_->on_host()) return array.resident.span();
  if (!array.seen) array.copy = array.resident.download();
  array.seen = true;
  return array.copy;
}

template <class T>
std::span<T> RuleOptimizer<T>::part(std::span<T> all, std::size_t p) const {
  return all.subspan(starts_[p], static_cast<std::size_t>(described_[p].rows * described_[p].columns));
}

template <class T>
std::span<T> RuleOptimizer<T>::iterate(std::size_t p) {
  values_[0].changed = true;
  return part(on_host(values_[0]), p);
}

template <class T>
std::span<const T> RuleOptimizer<T>::result(std::size_t p) {
  return part(on_host(values_[0]), p);
}

template <class T>
std::span<T> RuleOptimizer<T>::gradient(std::size_t p) {
  if (!memory_->on_host()) return {};
  return part(gradient_, p);
}

template <class T>
std::vector<StateArray<T>> RuleOptimizer<T>::arrays() {
  std::vector<StateArray<T>> out;
  const auto names = moment_names(options_);
  for (std::size_t m = 0; m < names.size(); ++m) {
    values_[1 + m].changed = true;
    const auto all = on_host(values_[1 + m]);
    for (std::size_t p = 0; p < described_.size(); ++p)
      out.push_back(
          {names[m] + "_" + described_[p].name, described_[p].rows, described_[p].columns, part(all, p)});
  }
  return out;
}

template <class T>
std::vector<double> RuleOptimizer<T>::scalars() const {
  if (options_.name == OptimizerName::sgd) return {steps_ > 0 ? 1.0 : 0.0};
  return {static_cast<double>(steps_)};
}

template <class T>
void RuleOptimizer<T>::restore(std::span<const double> scalars) {
  steps_ = static_cast<std::int64_t>(scalars[0]);
}

/// LibTorch's expressions, in double, each rounded to T once.
template <class T>
StepRule<T> RuleOptimizer<T>::numbers(double lr) const {
  const auto& o = options_;
  StepRule<T> rule;
  rule.decays = o.weight_decay != 0.0;
  rule.weight_decay = static_cast<T>(o.weight_decay);
  if (o.name == OptimizerName::sgd) {
    rule.kind = RuleKind::sgd;
    rule.remembers = o.momentum != 0.0;
    rule.first = steps_ == 1;
    rule.nesterov = o.nesterov;
    rule.step = static_cast<T>(-lr);
    rule.momentum = static_cast<T>(o.momentum);
    rule.fresh = static_cast<T>(1.0 - o.dampening);
    return rule;
  }
  rule.eps = static_cast<T>(o.eps);
  if (o.name == OptimizerName::adagrad) {
    rule.kind = RuleKind::adagrad;
    rule.step = static_cast<T>(-lr);
    return rule;
  }
  const auto t = static_cast<double>(steps_);
  rule.kind = RuleKind::adam;
  rule.amsgrad = o.amsgrad;
  rule.step = static_cast<T>(-(lr / (1.0 - std::pow(o.beta1, t))));
  rule.beta1 = static_cast<T>(o.beta1);
  rule.beta2 = static_cast<T>(o.beta2);
  rule.rest1 = static_cast<T>(1.0 - o.beta1);
  rule.rest2 = static_cast<T>(1.0 - o.beta2);
  rule.root = static_cast<T>(std::sqrt(1.0 - std::pow(o.beta2, t)));
  return rule;
}

template <class T>
StepRule<T> RuleOptimizer<T>::begin_step(double lr) {
  for (auto& array : values_) {
    if (array.changed && array.seen) array.resident.upload(array.copy);
    array.changed = array.seen = false;
  }
  ++steps_;
  return numbers(lr);
}

template <class T>
T* RuleOptimizer<T>::resident_moment(int m) const {
  return static_cast<std::size_t>(m) < moments() ? values_[static_cast<std::size_t>(m) + 1].resident.data()
                                                 : nullptr;
}

template <class T>
void RuleOptimizer<T>::step(double lr) {
  const auto rule = begin_step(lr);
  T* const moments[most_moments] = {resident_moment(0), resident_moment(1), resident_moment(2)};
  move_entries(rule, std::span<const T>(gradient_), resident(), moments);
  this->moved();
}

template class RuleOptimizer<float>;
template class RuleOptimizer<double>;

}  // namespace zerogap
