// SPDX-License-Identifier: Apache-2.0
// The primal network's operations; included once per SIMD target by tile_ops.cpp.
#if defined(ZEROGAP_PRIMAL_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ZEROGAP_PRIMAL_INL
#undef ZEROGAP_PRIMAL_INL
#else
#define ZEROGAP_PRIMAL_INL
#endif

#include "kernels/cpu/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace zerogap::cpu::HWY_NAMESPACE {

template <int D, class T>
HWY_INLINE void PrimalForwardOf(const Chunk<T>& chunk, const T* weights, const T* v, double lambda,
                                T* partial, T* shrunk, T* largest) {
  const Tag<T> d;
  const auto threshold = hn::Set(d, static_cast<T>(lambda)), output = hn::Load(d, v);
  auto most = hn::Load(d, largest);
  const auto one = [&](std::size_t i, Vector<T> a) HWY_ATTR {
    const std::size_t at = i * hn::Lanes(d);
    const auto tau = Shrink<T>(a, threshold);
    hn::Store(hn::MulAdd(tau, output, hn::Load(d, partial + at)), d, partial + at);
    if (shrunk != nullptr) hn::Store(tau, d, shrunk + at);
    most = hn::Max(most, hn::Abs(a));
  };
  constexpr int at_once = patches_at_once(1);
  ForPatches<at_once>(
      chunk.count,
      [&](int first) HWY_ATTR {
        Vector<T> dots[1][at_once];
        Dots<1, at_once, D>(chunk, first, weights, dots);
#pragma GCC unroll 10
        for (int n = 0; n < at_once; ++n) one(static_cast<std::size_t>(first + n), dots[0][n]);
      },
      [&](int i) HWY_ATTR {
        Vector<T> dots[1][1];
        Dots<1, 1, D>(chunk, i, weights, dots);
        one(static_cast<std::size_t>(i), dots[0][0]);
      });
  hn::Store(most, d, largest);
}

template <class T>
void RunPrimalForward(const Chunk<T>& chunk, const T* weights, const T* v, double lambda, T* partial,
                      T* shrunk, T* largest) {
  switch (chunk.length) {
    case 1:
      return PrimalForwardOf<1>(chunk, weights, v, lambda, partial, shrunk, largest);
    case 9:
      return PrimalForwardOf<9>(chunk, weights, v, lambda, partial, shrunk, largest);
    case 25:
      return PrimalForwardOf<25>(chunk, weights, v, lambda, partial, shrunk, largest);
    case 49:
      return PrimalForwardOf<49>(chunk, weights, v, lambda, partial, shrunk, largest);
    default:
      return PrimalForwardOf<0>(chunk, weights, v, lambda, partial, shrunk, largest);
  }
}

/// tau is 0 exactly where |y.u| <= lambda, so it also marks the patches that count for u.
template <class T>
void PrimalApply(const Chunk<T>& chunk, const T* shrunk, const T* residual, T* sums) {
  const Tag<T> d;
  const std::size_t lanes = hn::Lanes(d), stride = static_cast<std::size_t>(chunk.length) * lanes;
  Accumulate<1>(chunk, stride, sums, [&](int i, Vector<T>(&coefficient)[1]) HWY_ATTR {
    const auto tau = hn::Load(d, shrunk + static_cast<std::size_t>(i) * lanes);
    coefficient[0] = hn::IfThenZeroElse(hn::Eq(tau, hn::Zero(d)), hn::Set(d, residual[i]));
  });
  auto sum_v = hn::Load(d, sums + stride);
  for (int i = 0; i < chunk.count; ++i)
    sum_v =
        hn::MulAdd(hn::Set(d, residual[i]), hn::Load(d, shrunk + static_cast<std::size_t>(i) * lanes), sum_v);
  hn::Store(sum_v, d, sums + stride);
}

}  // namespace zerogap::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
