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
using Tag = hn::ScalableTag<T>;
template <class T>
using Vector = hn::Vec<Tag<T>>;

/// Vectors of patches that share one broadcast weight: enough independent products to hide the latency of an
/// FMA, few enough for the register file (32 registers with AVX-512, 16 below).
constexpr int group = HWY_TARGET <= HWY_AVX3 ? 4 : 2;

/// dots[n][v] = inner products of weight vector n with patch vector v; patches start at `first`.
template <int N, int V, class T>
HWY_INLINE void Dots(const TileView<T>& tile, std::size_t first, const T* const (&weights)[N],
                     Vector<T> (&dots)[N][V]) {
  const Tag<T> d;
  const std::size_t lanes = hn::Lanes(d);
#pragma GCC unroll 4
  for (int n = 0; n < N; ++n)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) dots[n][v] = hn::Zero(d);
  const T* y = tile.y + first;
  for (int k = 0; k < tile.length; ++k, y += tile.stride) {
    Vector<T> patch[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) patch[v] = hn::Load(d, y + static_cast<std::size_t>(v) * lanes);
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n) {
      const auto weight = hn::Set(d, weights[n][k]);
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) dots[n][v] = hn::MulAdd(patch[v], weight, dots[n][v]);
    }
  }
}

/// q = max(0, 1 - lambda/|a|), and 0 where a = 0.
template <class T>
HWY_INLINE Vector<T> Gate(Vector<T> a, Vector<T> lambda) {
  const Tag<T> d;
  const auto size = hn::Abs(a);
  return hn::IfThenElseZero(hn::Gt(size, lambda), hn::Sub(hn::Set(d, T{1}), hn::Div(lambda, size)));
}

/// max(0, -c b) with c = sign(a) q.
template <class T>
HWY_INLINE Vector<T> Violation(Vector<T> q, Vector<T> a, Vector<T> b) {
  const Tag<T> d;
  return hn::Max(hn::Zero(d), hn::Neg(hn::Mul(hn::CopySignToAbs(q, a), b)));
}

/// sum[i] += round(value[i] * scale) for one vector of T, computed in double.
HWY_INLINE void AddFixed(Vector<double> value, double scale, std::int64_t* sum) {
  const Tag<double> d;
  const Tag<std::int64_t> di;
  const auto fixed = hn::ConvertTo(di, hn::Round(hn::Mul(value, hn::Set(d, scale))));
  hn::Store(hn::Add(hn::Load(di, sum), fixed), di, sum);
}
HWY_INLINE void AddFixed(Vector<float> value, double scale, std::int64_t* sum) {
  const Tag<double> dd;
#if HWY_TARGET == HWY_SCALAR
  AddFixed(hn::PromoteTo(dd, value), scale, sum);
#else
  const hn::Half<Tag<float>> dh;
  AddFixed(hn::PromoteTo(dd, hn::LowerHalf(dh, value)), scale, sum);
  AddFixed(hn::PromoteTo(dd, hn::UpperHalf(dh, value)), scale, sum + hn::Lanes(dd));
#endif
}

template <class T>
HWY_INLINE double Sum(Vector<T> value) {
  const Tag<T> d;
  return static_cast<double>(hn::GetLane(hn::SumOfLanes(d, value)));
}
template <class T>
HWY_INLINE double Largest(Vector<T> value) {
  const Tag<T> d;
  return static_cast<double>(hn::GetLane(hn::MaxOfLanes(d, value)));
}

/// sums[s * d + k] = sum_i coefficient_s[i] y_k[i] for C entries k from `entry`, S coefficients of `stride`
/// each.
template <int C, int S, class T>
HWY_INLINE void AccumulateEntries(const TileView<T>& tile, int entry, const T* coefficients, double* sums) {
  const Tag<T> d;
  const std::size_t lanes = hn::Lanes(d);
  Vector<T> acc[S][C];
#pragma GCC unroll 2
  for (int s = 0; s < S; ++s)
#pragma GCC unroll 9
    for (int k = 0; k < C; ++k) acc[s][k] = hn::Zero(d);
  const T* y = tile.y + static_cast<std::size_t>(entry) * tile.stride;
  for (std::size_t i = 0; i < tile.stride; i += lanes) {
    Vector<T> coefficient[S];
#pragma GCC unroll 2
    for (int s = 0; s < S; ++s)
      coefficient[s] = hn::Load(d, coefficients + static_cast<std::size_t>(s) * tile.stride + i);
#pragma GCC unroll 9
    for (int k = 0; k < C; ++k) {
      const auto patch = hn::Load(d, y + static_cast<std::size_t>(k) * tile.stride + i);
#pragma GCC unroll 2
      for (int s = 0; s < S; ++s) acc[s][k] = hn::MulAdd(coefficient[s], patch, acc[s][k]);
    }
  }
#pragma GCC unroll 2
  for (int s = 0; s < S; ++s)
#pragma GCC unroll 9
    for (int k = 0; k < C; ++k) sums[s * tile.length + entry + k] = Sum<T>(acc[s][k]);
}

/// The same for all d entries, nine at a time: nine accumulators for each of two coefficients fit the
/// registers.
template <int S, class T>
HWY_INLINE void Accumulate(const TileView<T>& tile, const T* coefficients, double* sums) {
  int entry = 0;
  for (; entry + 9 <= tile.length; entry += 9) AccumulateEntries<9, S>(tile, entry, coefficients, sums);
  for (; entry + 3 <= tile.length; entry += 3) AccumulateEntries<3, S>(tile, entry, coefficients, sums);
  for (; entry < tile.length; ++entry) AccumulateEntries<1, S>(tile, entry, coefficients, sums);
}

/// Copies `count` values; both sides may be unaligned, and nothing past the last value is touched.
template <class T>
HWY_INLINE void Copy(const T* from, T* to, std::size_t count) {
  const Tag<T> d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(hn::LoadU(d, from + i), d, to + i);
  for (; i < count; ++i) to[i] = from[i];
}

template <class T>
void Cut(const PatchSource<T>& source, std::int64_t image, int first_row, int rows, T* y,
         std::size_t stride) {
  const T* base = source.pixels + image * source.stride();
  const std::size_t patches = static_cast<std::size_t>(rows) * static_cast<std::size_t>(source.width);
  for (int k = 0; k < source.length; ++k) {
    T* out = y + static_cast<std::size_t>(k) * stride;
    std::fill(out + patches, out + stride, T{0});
    if (source.side == 0) {
      const T* first = base + static_cast<std::int64_t>(first_row) * source.width * source.length;
      for (std::size_t i = 0; i < patches; ++i)
        out[i] = first[i * static_cast<std::size_t>(source.length) + static_cast<std::size_t>(k)];
      continue;
    }
    const std::int64_t wide = source.width + source.side - 1;
    const T* from = base + (first_row + k / source.side) * wide + k % source.side;
    for (int row = 0; row < rows; ++row)
      Copy(from + row * wide, out + static_cast<std::int64_t>(row) * source.width,
           static_cast<std::size_t>(source.width));
  }
}

}  // namespace zerogap::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
