// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace zerogap {

/// The step rules implemented as a kernel: stochastic gradient descent (with momentum), Adagrad, and Adam.
enum class RuleKind : std::int32_t { sgd, adagrad, adam };

/// One step of SGD, Adagrad or Adam with LibTorch's arithmetic: the operations of torch::optim::SGD, Adagrad
/// and Adam on an entry, in their order, each rounded to T except for the multiply-adds that ATen rounds
/// once. Scalars are computed in double and rounded to T where LibTorch does so.
template <class T>
struct StepRule {
  RuleKind kind = RuleKind::sgd;
  bool decays = false;     ///< weight_decay is not 0
  bool remembers = false;  ///< sgd: momentum is not 0
  bool first = false;      ///< sgd: the momentum is initialised with the gradient
  bool nesterov = false;   ///< sgd
  bool amsgrad = false;    ///< adam
  T weight_decay = 0;
  T step = 0;              ///< minus the factor of the direction: lr, or for adam lr / (1 - beta1^t)
  T momentum = 0;          ///< sgd
  T fresh = 1;             ///< sgd: 1 - dampening
  T beta1 = 0, beta2 = 0;  ///< adam
  T rest1 = 1, rest2 = 1;  ///< adam: 1 - beta1 and 1 - beta2
  T root = 1;              ///< adam: sqrt(1 - beta2^t)
  T eps = 0;               ///< adagrad, adam
};

/// Most state arrays of a rule: momentum; adagrad's sum of squares; or adam's first moment, its second, and
/// amsgrad's largest second.
constexpr int most_moments = 3;

/// The weight after the step. `moments` are read and written; those that the rule does not have are
/// unchanged.
template <class T>
#ifdef __CUDACC__
__host__ __device__
#endif
    inline T
    moved(const StepRule<T>& rule, T gradient, T weight, T (&moments)[most_moments]) {
  if (rule.decays) gradient = std::fma(weight, rule.weight_decay, gradient);
  if (rule.kind == RuleKind::sgd) {
    if (!rule.remembers) return std::fma(gradient, rule.step, weight);
    moments[0] = rule.first ? gradient : std::fma(gradient, rule.fresh, moments[0] * rule.momentum);
    const T direction = rule.nesterov ? std::fma(moments[0], rule.momentum, gradient) : moments[0];
    return std::fma(direction, rule.step, weight);
  }
  if (rule.kind == RuleKind::adagrad) {
    moments[0] = std::fma(gradient, gradient, moments[0]);
    return weight + rule.step * gradient / (std::sqrt(moments[0]) + rule.eps);
  }
  moments[0] = std::fma(gradient, rule.rest1, moments[0] * rule.beta1);
  moments[1] = std::fma(rule.rest2 * gradient, gradient, moments[1] * rule.beta2);
  T second = moments[1];
  // NaN is propagated.
  if (rule.amsgrad)
    second = moments[2] = moments[2] > second || moments[2] != moments[2] ? moments[2] : second;
  return weight + rule.step * moments[0] / (std::sqrt(second) / rule.root + rule.eps);
}

/// Moves arrays in host memory: weights, and `moments[m]` (weights.size() entries) as far as the rule has
/// them, else null. The same bits for any cut of an array into calls. On a CPU without fused multiply-adds,
/// products and sums are rounded separately, as in LibTorch.
template <class T>
void move_entries(const StepRule<T>& rule, std::span<const T> gradient, std::span<T> weights,
                  T* const (&moments)[most_moments]);

}  // namespace zerogap
