// The dual network's tile operations; included once per SIMD target by tile_ops.cpp.
#if defined(ZEROGAP_DUAL_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ZEROGAP_DUAL_INL
#undef ZEROGAP_DUAL_INL
#else
#define ZEROGAP_DUAL_INL
#endif

#include "kernels/cpu/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace zerogap::cpu::HWY_NAMESPACE {

/// Predictions and hinge of blocks [first, last) for `group` vectors of patches from `start`.
template <class T>
HWY_INLINE void SignedBlocks(const TileView<T>& tile, const DualForward<T>& pass, std::size_t start,
                             std::int64_t first, std::int64_t last, Vector<T> (&pred)[group],
                             Vector<T>& hinge, Vector<T>& worst) {
  const Tag<T> d;
  const auto lambda = hn::Set(d, static_cast<T>(pass.lambda));
  for (std::int64_t j = first; j < last; ++j) {
    const std::int64_t at = j * tile.length;
    Vector<T> dots[3][group];
    const T* const weights[3] = {pass.blocks.g + at, pass.blocks.w + at, pass.blocks.w_prime + at};
    Dots<3, group>(tile, start, weights, dots);
#pragma GCC unroll 4
    for (int v = 0; v < group; ++v) {
      const auto q = Gate<T>(dots[0][v], lambda);
      const auto of_w = Violation<T>(q, dots[0][v], dots[1][v]),
                 of_w_prime = Violation<T>(q, dots[0][v], dots[2][v]);
      pred[v] = hn::MulAdd(q, hn::Sub(dots[2][v], dots[1][v]), pred[v]);
      hinge = hn::Add(hinge, hn::Add(of_w, of_w_prime));
      worst = hn::Max(worst, hn::Max(of_w, of_w_prime));
    }
  }
}

/// Predictions alone, from w' - w.
template <class T>
HWY_INLINE void FreeBlocks(const TileView<T>& tile, const DualForward<T>& pass, const T* difference,
                           std::size_t start, std::int64_t first, std::int64_t last,
                           Vector<T> (&pred)[group]) {
  const auto lambda = hn::Set(Tag<T>(), static_cast<T>(pass.lambda));
  for (std::int64_t j = first; j < last; ++j) {
    const std::int64_t at = j * tile.length;
    Vector<T> dots[2][group];
    const T* const weights[2] = {pass.blocks.g + at, difference + at};
    Dots<2, group>(tile, start, weights, dots);
#pragma GCC unroll 4
    for (int v = 0; v < group; ++v) pred[v] = hn::MulAdd(Gate<T>(dots[0][v], lambda), dots[1][v], pred[v]);
  }
}

template <class T>
void DualForwardTile(const TileView<T>& tile, const DualForward<T>& pass, const T* difference,
                     std::int64_t* pred, HingeSums& sums) {
  const Tag<T> d;
  const std::size_t lanes = hn::Lanes(d);
  auto worst = hn::Zero(d);
  for (std::size_t start = 0; start < tile.stride; start += group * lanes)
    for (std::int64_t first = 0; first < pass.blocks.count; first += pass.blocks.tile) {
      const std::int64_t last = std::min(first + pass.blocks.tile, pass.blocks.count);
      Vector<T> partial[group];
#pragma GCC unroll 4
      for (int v = 0; v < group; ++v) partial[v] = hn::Zero(d);
      if (pass.with_hinge) {
        auto hinge = hn::Zero(d);
        SignedBlocks(tile, pass, start, first, last, partial, hinge, worst);
        sums.hinge += pass.hinge_scale.fixed(Sum<T>(hinge));
      } else {
        FreeBlocks(tile, pass, difference, start, first, last, partial);
      }
#pragma GCC unroll 4
      for (int v = 0; v < group; ++v)
        AddFixed(partial[v], pass.pred_scale.scale(), pred + start + static_cast<std::size_t>(v) * lanes);
    }
  if (pass.with_hinge) sums.max_violation = std::max(sums.max_violation, Largest<T>(worst));
}

/// rho c slope(c b): what the hinge adds to a coefficient, c = sign(a) q.
template <class T>
HWY_INLINE Vector<T> HingePull(Vector<T> q, Vector<T> a, Vector<T> b, Vector<T> rho, Vector<T> inverse_width,
                               bool sharp) {
  const Tag<T> d;
  const auto c = hn::CopySignToAbs(q, a);
  const auto t = hn::Mul(c, b);
  if (sharp) return hn::IfThenElseZero(hn::Lt(t, hn::Zero(d)), hn::Mul(rho, c));
  const auto slope = hn::Min(hn::Set(d, T{1}), hn::Max(hn::Zero(d), hn::Neg(hn::Mul(t, inverse_width))));
  return hn::Mul(hn::Mul(rho, c), slope);
}

template <class T>
void DualBackwardSigned(const TileView<T>& tile, const DualBackward<T>& pass, std::int64_t j,
                        const T* residual, T* coefficients, double* sums) {
  const Tag<T> d;
  const std::size_t lanes = hn::Lanes(d);
  const bool sharp = pass.width <= 0.0;
  const auto lambda = hn::Set(d, static_cast<T>(pass.lambda)), rho = hn::Set(d, static_cast<T>(pass.rho)),
             two = hn::Set(d, T{2});
  const auto inverse_width = hn::Set(d, static_cast<T>(sharp ? 0.0 : 1.0 / pass.width));
  const std::int64_t at = j * tile.length;
  const T* const weights[3] = {pass.blocks.g + at, pass.blocks.w + at, pass.blocks.w_prime + at};
  for (std::size_t start = 0; start < tile.stride; start += group * lanes) {
    Vector<T> dots[3][group];
    Dots<3, group>(tile, start, weights, dots);
#pragma GCC unroll 4
    for (int v = 0; v < group; ++v) {
      const std::size_t i = start + static_cast<std::size_t>(v) * lanes;
      const auto q = Gate<T>(dots[0][v], lambda);
      const auto fit = hn::Mul(hn::Mul(two, q), hn::Load(d, residual + i));
      hn::Store(hn::Neg(hn::Add(fit, HingePull<T>(q, dots[0][v], dots[1][v], rho, inverse_width, sharp))), d,
                coefficients + i);
      hn::Store(hn::Sub(fit, HingePull<T>(q, dots[0][v], dots[2][v], rho, inverse_width, sharp)), d,
                coefficients + tile.stride + i);
    }
  }
  Accumulate<2>(tile, coefficients, sums);
}

template <class T>
void DualBackwardFree(const TileView<T>& tile, const DualBackward<T>& pass, std::int64_t j, const T* residual,
                      T* coefficients, double* sums) {
  const Tag<T> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto lambda = hn::Set(d, static_cast<T>(pass.lambda)), two = hn::Set(d, T{2});
  const T* const weights[1] = {pass.blocks.g + j * tile.length};
  for (std::size_t start = 0; start < tile.stride; start += group * lanes) {
    Vector<T> dots[1][group];
    Dots<1, group>(tile, start, weights, dots);
#pragma GCC unroll 4
    for (int v = 0; v < group; ++v) {
      const std::size_t i = start + static_cast<std::size_t>(v) * lanes;
      hn::Store(hn::Mul(hn::Mul(two, Gate<T>(dots[0][v], lambda)), hn::Load(d, residual + i)), d,
                coefficients + i);
    }
  }
  Accumulate<1>(tile, coefficients, sums + tile.length);
}

template <class T>
void DualBackwardTile(const TileView<T>& tile, const DualBackward<T>& pass, std::int64_t j, const T* residual,
                      T* coefficients, double* sums) {
  if (pass.rho > 0.0) return DualBackwardSigned(tile, pass, j, residual, coefficients, sums);
  DualBackwardFree(tile, pass, j, residual, coefficients, sums);
}

template <class T>
void GateSumsTile(const TileView<T>& tile, const GateSums<T>& pass, std::int64_t j, double* sums) {
  const Tag<T> d;
  const auto lambda = hn::Set(d, static_cast<T>(pass.lambda));
  const T* const weights[1] = {pass.blocks.g + j * tile.length};
  auto q_sum = hn::Zero(d), c_sum = hn::Zero(d);
  for (std::size_t start = 0; start < tile.stride; start += hn::Lanes(d)) {
    Vector<T> dots[1][1];
    Dots<1, 1>(tile, start, weights, dots);
    const auto q = Gate<T>(dots[0][0], lambda);
    q_sum = hn::Add(q_sum, q);
    c_sum = hn::Add(c_sum, hn::CopySignToAbs(q, dots[0][0]));
  }
  sums[0] = Sum<T>(q_sum);
  sums[1] = Sum<T>(c_sum);
}

/// max(0, -s b)/|a| where |a| > lambda.
template <class T>
HWY_INLINE Vector<T> Step(Vector<T> a, Vector<T> b, Vector<T> lambda) {
  const auto size = hn::Abs(a);
  const auto against = hn::Neg(hn::Mul(hn::CopySignToAbs(hn::Set(Tag<T>(), T{1}), a), b));
  return hn::IfThenElseZero(hn::Gt(size, lambda), hn::Div(hn::Max(hn::Zero(Tag<T>()), against), size));
}

template <class T>
void RepairTile(const TileView<T>& tile, const Repair<T>& pass, std::int64_t j, double* alpha) {
  const Tag<T> d;
  const auto lambda = hn::Set(d, static_cast<T>(pass.lambda));
  const std::int64_t at = j * tile.length;
  const T* const weights[3] = {pass.blocks.g + at, pass.blocks.w + at, pass.blocks.w_prime + at};
  auto of_w = hn::Zero(d), of_w_prime = hn::Zero(d);
  for (std::size_t start = 0; start < tile.stride; start += hn::Lanes(d)) {
    Vector<T> dots[3][1];
    Dots<3, 1>(tile, start, weights, dots);
    of_w = hn::Max(of_w, Step<T>(dots[0][0], dots[1][0], lambda));
    of_w_prime = hn::Max(of_w_prime, Step<T>(dots[0][0], dots[2][0], lambda));
  }
  alpha[0] = Largest<T>(of_w);
  alpha[1] = Largest<T>(of_w_prime);
}

}  // namespace zerogap::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
