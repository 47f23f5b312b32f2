// SPDX-License-Identifier: Apache-2.0
// Included once per SIMD target by tile_ops.cpp; the guard toggles with the target.
#if defined(ZEROGAP_SIMD_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ZEROGAP_SIMD_INL
#undef ZEROGAP_SIMD_INL
#else
#define ZEROGAP_SIMD_INL
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

#include "kernels/cpu/tile_ops.hpp"

HWY_BEFORE_NAMESPACE();
namespace zerogap::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
using Tag = hn::CappedTag<T, most_lanes>;
template <class T>
using Vector = hn::Vec<Tag<T>>;

constexpr bool many_registers = HWY_TARGET <= HWY_AVX3;  // 32 registers instead of 16

/// Patches that share one load of the weights: enough independent chains of FMAs to hide their latency, few
/// enough for the registers.
constexpr int patches_at_once(int sets) {
  return many_registers ? (sets == 1 ? 10 : sets == 2 ? 8 : 6) : (sets == 1 ? 6 : sets == 2 ? 4 : 2);
}

/// dots[s][v] = inner products of weight set s with patch first + v. D: the patches' length, or 0 for any.
template <int Sets, int V, int D, class T>
HWY_INLINE void Dots(const Chunk<T>& chunk, int first, const T* weights, Vector<T> (&dots)[Sets][V]) {
  const Tag<T> d;
  const std::size_t lanes = hn::Lanes(d);
  const int length = D > 0 ? D : chunk.length;
  const T* y[V];
#pragma GCC unroll 10
  for (int v = 0; v < V; ++v) y[v] = chunk.patches[first + v];
#pragma GCC unroll 3
  for (int s = 0; s < Sets; ++s)
#pragma GCC unroll 10
    for (int v = 0; v < V; ++v) dots[s][v] = hn::Zero(d);
#pragma GCC unroll 9
  for (int k = 0; k < length; ++k) {
    const std::ptrdiff_t at = chunk.offsets[k];
    Vector<T> weight[Sets];
#pragma GCC unroll 3
    for (int s = 0; s < Sets; ++s)
      weight[s] = hn::Load(d, weights + static_cast<std::size_t>(s * length + k) * lanes);
#pragma GCC unroll 10
    for (int v = 0; v < V; ++v) {
      const auto entry = hn::Set(d, y[v][at]);
#pragma GCC unroll 3
      for (int s = 0; s < Sets; ++s) dots[s][v] = hn::MulAdd(entry, weight[s], dots[s][v]);
    }
  }
}

/// Calls group(first) for runs of V patches, then one(i) for each of the rest.
template <int V, class Group, class One>
HWY_INLINE void ForPatches(int count, Group group, One one) {
  int i = 0;
  for (; i + V <= count; i += V) group(i);
  for (; i < count; ++i) one(i);
}

/// q = max(0, 1 - lambda/|a|), and 0 if a = 0.
template <class T>
HWY_INLINE Vector<T> Gate(Vector<T> a, Vector<T> lambda) {
  const Tag<T> d;
  const auto size = hn::Abs(a);
  return hn::IfThenElseZero(hn::Gt(size, lambda), hn::Sub(hn::Set(d, T{1}), hn::Div(lambda, size)));
}

/// tau_lambda(a).
template <class T>
HWY_INLINE Vector<T> Shrink(Vector<T> a, Vector<T> lambda) {
  return hn::CopySignToAbs(hn::Max(hn::Zero(Tag<T>()), hn::Sub(hn::Abs(a), lambda)), a);
}

/// at[0 .. lanes) becomes the larger of itself and value.
template <class T>
HWY_INLINE void Raise(Vector<T> value, T* at) {
  const Tag<T> d;
  hn::Store(hn::Max(hn::Load(d, at), value), d, at);
}

/// total[i] += round(value[i] * scale), in double.
template <class D>
HWY_INLINE void AddFixedIn(D d, hn::Vec<D> value, double scale, std::int64_t* total) {
  const hn::Rebind<std::int64_t, D> di;
  const auto fixed = hn::ConvertTo(di, hn::Round(hn::Mul(value, hn::Set(d, scale))));
  hn::Store(hn::Add(hn::Load(di, total), fixed), di, total);
}
HWY_INLINE void AddFixed(Vector<double> value, double scale, std::int64_t* total) {
  AddFixedIn(Tag<double>(), value, scale, total);
}
HWY_INLINE void AddFixed(Vector<float> value, double scale, std::int64_t* total) {
  const Tag<double> dd;
#if HWY_TARGET == HWY_SCALAR
  AddFixed(hn::PromoteTo(dd, value), scale, total);
#else
  const hn::Half<Tag<float>> dh;
  AddFixed(hn::PromoteTo(dd, hn::LowerHalf(dh, value)), scale, total);
  AddFixed(hn::PromoteTo(dd, hn::UpperHalf(dh, value)), scale, total + hn::Lanes(dd));
#endif
}

template <class T>
void Flush(T* value, std::int64_t* total, std::size_t n, double scale) {
  const Tag<T> d;
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
    AddFixed(hn::Load(d, value + i), scale, total + i);
    hn::Store(hn::Zero(d), d, value + i);
  }
}

/// Adds a vector's lanes pairwise in double to half as many fixed-point sums, which halves the number of
/// roundings to integers.
template <class T>
void Fold(T* value, std::int64_t* total, std::size_t n, double scale) {
  const Tag<T> d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t i = 0; i < n; i += lanes) {
#if HWY_TARGET == HWY_SCALAR
    AddFixed(hn::Load(d, value + i), scale, total + i);
#else
    const auto all = hn::Load(d, value + i);
    const hn::Half<Tag<T>> half;
    if constexpr (sizeof(T) == 4) {
      const Tag<double> dd;
      AddFixed(
          hn::Add(hn::PromoteTo(dd, hn::LowerHalf(half, all)), hn::PromoteTo(dd, hn::UpperHalf(half, all))),
          scale, total + i);
    } else {
      AddFixedIn(half, hn::Add(hn::LowerHalf(half, all), hn::UpperHalf(half, all)), scale, total + i);
    }
#endif
    hn::Store(hn::Zero(d), d, value + i);
  }
}

/// sums[s][k] += coefficient_s(i) y_i[entry + k] over the chunk's patches, for E entries and S sets that lie
/// `stride` apart. coefficients(i, out) gives the S coefficients of patch i.
template <int E, int S, class T, class Coefficients>
HWY_INLINE void AccumulateEntries(const Chunk<T>& chunk, int entry, std::size_t stride, T* sums,
                                  Coefficients coefficients) {
  const Tag<T> d;
  const std::size_t lanes = hn::Lanes(d);
  Vector<T> acc[S][E];
  std::ptrdiff_t at[E];
#pragma GCC unroll 9
  for (int k = 0; k < E; ++k) at[k] = chunk.offsets[entry + k];
#pragma GCC unroll 2
  for (int s = 0; s < S; ++s)
#pragma GCC unroll 9
    for (int k = 0; k < E; ++k)
      acc[s][k] = hn::Load(
          d, sums + static_cast<std::size_t>(s) * stride + static_cast<std::size_t>(entry + k) * lanes);
  for (int i = 0; i < chunk.count; ++i) {
    const T* y = chunk.patches[i];
    Vector<T> coefficient[S];
    coefficients(i, coefficient);
#pragma GCC unroll 9
    for (int k = 0; k < E; ++k) {
      const auto value = hn::Set(d, y[at[k]]);
#pragma GCC unroll 2
      for (int s = 0; s < S; ++s) acc[s][k] = hn::MulAdd(coefficient[s], value, acc[s][k]);
    }
  }
#pragma GCC unroll 2
  for (int s = 0; s < S; ++s)
#pragma GCC unroll 9
    for (int k = 0; k < E; ++k)
      hn::Store(acc[s][k], d,
                sums + static_cast<std::size_t>(s) * stride + static_cast<std::size_t>(entry + k) * lanes);
}

/// The same for entries [entry, d): nine at a time where S times nine sums fit the registers, else five and
/// four.
template <int S, class T, class Coefficients>
HWY_INLINE void AccumulateFrom(int entry, const Chunk<T>& chunk, std::size_t stride, T* sums,
                               Coefficients coefficients) {
  for (; entry + 9 <= chunk.length; entry += 9) {
    if constexpr (many_registers || S == 1) {
      AccumulateEntries<9, S>(chunk, entry, stride, sums, coefficients);
    } else {
      AccumulateEntries<5, S>(chunk, entry, stride, sums, coefficients);
      AccumulateEntries<4, S>(chunk, entry + 5, stride, sums, coefficients);
    }
  }
  for (; entry + 4 <= chunk.length; entry += 4)
    AccumulateEntries<4, S>(chunk, entry, stride, sums, coefficients);
  for (; entry < chunk.length; ++entry) AccumulateEntries<1, S>(chunk, entry, stride, sums, coefficients);
}
template <int S, class T, class Coefficients>
HWY_INLINE void Accumulate(const Chunk<T>& chunk, std::size_t stride, T* sums, Coefficients coefficients) {
  AccumulateFrom<S>(0, chunk, stride, sums, coefficients);
}

}  // namespace zerogap::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
