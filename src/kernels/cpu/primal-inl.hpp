// The primal network's tile operations; included once per SIMD target by tile_ops.cpp.
#if defined(ZEROGAP_PRIMAL_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ZEROGAP_PRIMAL_INL
#undef ZEROGAP_PRIMAL_INL
#else
#define ZEROGAP_PRIMAL_INL
#endif

#include "kernels/cpu/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace zerogap::cpu::HWY_NAMESPACE {

/// tau_lambda(a).
template <class T>
HWY_INLINE Vector<T> Shrink(Vector<T> a, Vector<T> lambda) {
  return hn::CopySignToAbs(hn::Max(hn::Zero(Tag<T>()), hn::Sub(hn::Abs(a), lambda)), a);
}

template <class T>
double PrimalForwardTile(const TileView<T>& tile, const PrimalForward<T>& pass, std::int64_t* pred) {
  const Tag<T> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto lambda = hn::Set(d, static_cast<T>(pass.lambda));
  auto largest = hn::Zero(d);
  for (std::size_t start = 0; start < tile.stride; start += group * lanes)
    for (std::int64_t first = 0; first < pass.filters.count; first += pass.filters.tile) {
      Vector<T> partial[group];
#pragma GCC unroll 4
      for (int v = 0; v < group; ++v) partial[v] = hn::Zero(d);
      for (std::int64_t k = first; k < std::min(first + pass.filters.tile, pass.filters.count); ++k) {
        Vector<T> dots[1][group];
        const T* const weights[1] = {pass.filters.u + k * tile.length};
        Dots<1, group>(tile, start, weights, dots);
        const auto output = hn::Set(d, pass.filters.v[k]);
#pragma GCC unroll 4
        for (int v = 0; v < group; ++v) {
          partial[v] = hn::MulAdd(Shrink<T>(dots[0][v], lambda), output, partial[v]);
          largest = hn::Max(largest, hn::Abs(dots[0][v]));
        }
      }
#pragma GCC unroll 4
      for (int v = 0; v < group; ++v)
        AddFixed(partial[v], pass.pred_scale.scale(), pred + start + static_cast<std::size_t>(v) * lanes);
    }
  return Largest<T>(largest);
}

template <class T>
void PrimalBackwardTile(const TileView<T>& tile, const PrimalBackward<T>& pass, std::int64_t k,
                        const T* residual, T* coefficients, double* sums) {
  const Tag<T> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto lambda = hn::Set(d, static_cast<T>(pass.lambda));
  const T* const weights[1] = {pass.filters.u + k * tile.length};
  auto sum_v = hn::Zero(d);
  for (std::size_t start = 0; start < tile.stride; start += group * lanes) {
    Vector<T> dots[1][group];
    Dots<1, group>(tile, start, weights, dots);
#pragma GCC unroll 4
    for (int v = 0; v < group; ++v) {
      const std::size_t i = start + static_cast<std::size_t>(v) * lanes;
      const auto r = hn::Load(d, residual + i);
      hn::Store(hn::IfThenElseZero(hn::Gt(hn::Abs(dots[0][v]), lambda), r), d, coefficients + i);
      sum_v = hn::MulAdd(r, Shrink<T>(dots[0][v], lambda), sum_v);
    }
  }
  Accumulate<1>(tile, coefficients, sums);
  sums[tile.length] = Sum<T>(sum_v);
}

}  // namespace zerogap::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
