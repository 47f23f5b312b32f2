// SPDX-License-Identifier: Apache-2.0
#include "bench/peak.hpp"

#include <type_traits>

// The kernels' own choice of targets (kernels/cpu/tile_ops.cpp).
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/peak.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace zerogap::bench::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
using Tag = hn::CappedTag<T, 64 / sizeof(T)>;

// Two units of latency four need eight chains; no core has more. Twelve leave registers on every target.
constexpr int chains = 12, unrolled = 16;

template <class T>
T Run(std::int64_t rounds) {
  const Tag<T> d;
  using Vector = hn::Vec<Tag<T>>;
  Vector sums[chains];
#pragma GCC unroll 12
  for (int c = 0; c < chains; ++c) sums[c] = hn::Set(d, static_cast<T>(c));
  const Vector factor = hn::Set(d, static_cast<T>(0.999)), term = hn::Set(d, static_cast<T>(0.001));
  for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 16
    for (int step = 0; step < unrolled; ++step)
#pragma GCC unroll 12
      for (int c = 0; c < chains; ++c) sums[c] = hn::MulAdd(sums[c], factor, term);
  }
  Vector all = sums[0];
#pragma GCC unroll 12
  for (int c = 1; c < chains; ++c) all = hn::Add(all, sums[c]);
  return hn::GetLane(hn::SumOfLanes(d, all));
}

template <class T>
Peak<T> Measure() {
  return {Run<T>, static_cast<std::int64_t>(hn::Lanes(Tag<T>())) * chains * unrolled,
          hwy::TargetName(HWY_TARGET)};
}

Peak<float> MeasureF32() { return Measure<float>(); }
Peak<double> MeasureF64() { return Measure<double>(); }

}  // namespace zerogap::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zerogap::bench {

HWY_EXPORT(MeasureF32);
HWY_EXPORT(MeasureF64);

template <class T>
Peak<T> peak() {
  if constexpr (std::is_same_v<T, float>)
    return HWY_DYNAMIC_DISPATCH(MeasureF32)();
  else
    return HWY_DYNAMIC_DISPATCH(MeasureF64)();
}

template Peak<float> peak();
template Peak<double> peak();

}  // namespace zerogap::bench
#endif
