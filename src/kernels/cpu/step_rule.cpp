// SPDX-License-Identifier: Apache-2.0
#include "kernels/step_rule.hpp"

#include <algorithm>

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/step_rule.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace zerogap::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// moved() of a vector of entries.
template <class D, class T = hn::TFromD<D>, class V = hn::Vec<D>>
V Moved(D d, const StepRule<T>& rule, V gradient, V weight, V (&moments)[most_moments]) {
  const auto all = [&](T number) { return hn::Set(d, number); };
  if (rule.decays) gradient = hn::MulAdd(weight, all(rule.weight_decay), gradient);
  if (rule.kind == RuleKind::sgd) {
    if (!rule.remembers) return hn::MulAdd(gradient, all(rule.step), weight);
    moments[0] = rule.first ? gradient
                            : hn::MulAdd(gradient, all(rule.fresh), hn::Mul(moments[0], all(rule.momentum)));
    const V direction = rule.nesterov ? hn::MulAdd(moments[0], all(rule.momentum), gradient) : moments[0];
    return hn::MulAdd(direction, all(rule.step), weight);
  }
  if (rule.kind == RuleKind::adagrad) {
    moments[0] = hn::MulAdd(gradient, gradient, moments[0]);
    const V size = hn::Add(hn::Sqrt(moments[0]), all(rule.eps));
    return hn::Add(weight, hn::Div(hn::Mul(all(rule.step), gradient), size));
  }
  moments[0] = hn::MulAdd(gradient, all(rule.rest1), hn::Mul(moments[0], all(rule.beta1)));
  moments[1] = hn::MulAdd(hn::Mul(all(rule.rest2), gradient), gradient, hn::Mul(moments[1], all(rule.beta2)));
  V second = moments[1];
  if (rule.amsgrad) {
    const auto kept = hn::Or(hn::Gt(moments[2], second), hn::IsNaN(moments[2]));
    second = moments[2] = hn::IfThenElse(kept, moments[2], second);
  }
  const V size = hn::Add(hn::Div(hn::Sqrt(second), all(rule.root)), all(rule.eps));
  return hn::Add(weight, hn::Div(hn::Mul(all(rule.step), moments[0]), size));
}

template <class T>
void MoveEntries(const StepRule<T>& rule, const T* gradient, T* weights, std::size_t count,
                 T* const (&moments)[most_moments]) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const std::size_t lanes = hn::Lanes(d);
  const auto vector_at = [&](const T* of_gradient, T* of_weights, T* const(&of_moments)[most_moments]) {
    V moment[most_moments];
    for (int m = 0; m < most_moments; ++m)
      moment[m] = of_moments[m] == nullptr ? hn::Zero(d) : hn::LoadU(d, of_moments[m]);
    hn::StoreU(Moved(d, rule, hn::LoadU(d, of_gradient), hn::LoadU(d, of_weights), moment), d, of_weights);
    for (int m = 0; m < most_moments; ++m)
      if (of_moments[m] != nullptr) hn::StoreU(moment[m], d, of_moments[m]);
  };
  std::size_t at = 0;
  for (; at + lanes <= count; at += lanes) {
    T* here[most_moments];
    for (int m = 0; m < most_moments; ++m) here[m] = moments[m] == nullptr ? nullptr : moments[m] + at;
    vector_at(gradient + at, weights + at, here);
  }
  if (at == count) return;
  // The remainder is processed as a full vector too, so the bits do not depend on where an array is cut.
  T rest[2 + most_moments][HWY_MAX_BYTES / sizeof(T)] = {};
  T* const kept[most_moments] = {rest[2], rest[3], rest[4]};
  std::copy(gradient + at, gradient + count, rest[0]);
  std::copy(weights + at, weights + count, rest[1]);
  for (int m = 0; m < most_moments; ++m)
    if (moments[m] != nullptr) std::copy(moments[m] + at, moments[m] + count, kept[m]);
  vector_at(rest[0], rest[1], kept);
  std::copy_n(rest[1], count - at, weights + at);
  for (int m = 0; m < most_moments; ++m)
    if (moments[m] != nullptr) std::copy_n(kept[m], count - at, moments[m] + at);
}

void MoveF32(const StepRule<float>& rule, const float* gradient, float* weights, std::size_t count,
             float* const (&moments)[most_moments]) {
  MoveEntries(rule, gradient, weights, count, moments);
}
void MoveF64(const StepRule<double>& rule, const double* gradient, double* weights, std::size_t count,
             double* const (&moments)[most_moments]) {
  MoveEntries(rule, gradient, weights, count, moments);
}

}  // namespace zerogap::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zerogap {
namespace cpu {
HWY_EXPORT(MoveF32);
HWY_EXPORT(MoveF64);
}  // namespace cpu

template <>
void move_entries(const StepRule<float>& rule, std::span<const float> gradient, std::span<float> weights,
                  float* const (&moments)[most_moments]) {
  using namespace cpu;
  HWY_DYNAMIC_DISPATCH(MoveF32)(rule, gradient.data(), weights.data(), weights.size(), moments);
}
template <>
void move_entries(const StepRule<double>& rule, std::span<const double> gradient, std::span<double> weights,
                  double* const (&moments)[most_moments]) {
  using namespace cpu;
  HWY_DYNAMIC_DISPATCH(MoveF64)(rule, gradient.data(), weights.data(), weights.size(), moments);
}

}  // namespace zerogap
#endif
