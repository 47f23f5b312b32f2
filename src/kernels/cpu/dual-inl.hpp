// SPDX-License-Identifier: Apache-2.0
// The dual network's operations; included once per SIMD target by tile_ops.cpp.
#if defined(ZEROGAP_DUAL_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ZEROGAP_DUAL_INL
#undef ZEROGAP_DUAL_INL
#else
#define ZEROGAP_DUAL_INL
#endif

#include "kernels/cpu/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace zerogap::cpu::HWY_NAMESPACE {

/// One pass of gates over a chunk with one vector of blocks.
template <Form F, class T>
class GatePass {
 public:
  static constexpr int sets = sets_of(F);
  static constexpr bool predicts =
      F == Form::predict || F == Form::predict_signed || F == Form::step || F == Form::step_signed;
  static constexpr bool keeps = F != Form::predict && F != Form::predict_signed && F != Form::gates_curved;
  static constexpr bool sharp = F == Form::step_signed || F == Form::gates_signed;
  static constexpr bool smooth = F == Form::gates_smooth;
  static constexpr bool curved = F == Form::gates_curved;

  GatePass(const Chunk<T>& chunk, const T* weights, const GateNumbers& numbers, T* partial,
           const Gates<T>& gates, const HingeLanes<T>* hinge)
      : chunk_(chunk),
        weights_(weights),
        lambda_(hn::Set(d_, static_cast<T>(numbers.lambda))),
        rho_(hn::Set(d_, static_cast<T>(numbers.rho))),
        width_(hn::Set(d_, static_cast<T>(numbers.width))),
        inverse_width_(hn::Set(d_, static_cast<T>(numbers.width > 0.0 ? 1.0 / numbers.width : 0.0))),
        rounded_(numbers.width > 0.0),
        partial_(partial),
        gates_(gates),
        hinge_(hinge) {}

  template <int D>
  HWY_INLINE void run() {
    constexpr int at_once = patches_at_once(sets);
    ForPatches<at_once>(
        chunk_.count, [&](int i) HWY_ATTR { patches<at_once, D>(i); },
        [&](int i) HWY_ATTR { patches<1, D>(i); });
    if (F == Form::predict_signed && hinge_ != nullptr) {
      hn::Store(sum_, d_, hinge_->sum);
      Raise<T>(largest_, hinge_->largest);
    }
  }

 private:
  template <int V, int D>
  HWY_INLINE void patches(int first) {
    Vector<T> dots[sets][V];
    Dots<sets, V, D>(chunk_, first, weights_, dots);
#pragma GCC unroll 10
    for (int v = 0; v < V; ++v) {
      const std::size_t i = static_cast<std::size_t>(first + v), at = i * hn::Lanes(d_);
      const auto a = dots[0][v], q = Gate<T>(a, lambda_);
      if constexpr (predicts) {
        auto product = dots[sets - 1][v];
        if constexpr (sets == 3) product = hn::Sub(product, dots[1][v]);
        hn::Store(hn::MulAdd(q, product, hn::Load(d_, partial_ + at)), d_, partial_ + at);
      }
      const auto c = hn::CopySignToAbs(q, a);
      if constexpr (keeps) hn::Store(c, d_, gates_.c + at);
      if constexpr (sets == 3) signs(i, at, c, hn::Mul(c, dots[1][v]), hn::Mul(c, dots[2][v]));
    }
  }

  /// Processes t = c y.w and t' = c y.w'.
  HWY_INLINE void signs(std::size_t i, std::size_t at, Vector<T> c, Vector<T> t, Vector<T> t_prime) {
    const auto zero = hn::Zero(d_);
    if constexpr (sharp) {
      hn::StoreMaskBits(d_, hn::Lt(t, zero), gates_.bits + 4 * i);
      hn::StoreMaskBits(d_, hn::Lt(t_prime, zero), gates_.bits + 4 * i + 2);
    } else if constexpr (smooth) {
      hn::Store(pull(c, t), d_, gates_.pull + at);
      hn::Store(pull(c, t_prime), d_, gates_.pull_prime + at);
    } else if constexpr (curved) {
      hn::Store(curvature(c, t), d_, gates_.pull + at);
      hn::Store(curvature(c, t_prime), d_, gates_.pull_prime + at);
    } else if (hinge_ != nullptr) {
      const auto of_w = hn::Max(zero, hn::Neg(t)), of_w_prime = hn::Max(zero, hn::Neg(t_prime));
      sum_ = hn::Add(sum_, rounded_ ? hn::Add(huber(of_w), huber(of_w_prime)) : hn::Add(of_w, of_w_prime));
      largest_ = hn::Max(largest_, hn::Max(of_w, of_w_prime));
    }
  }

  /// rho c clip(-t/width, 0, 1).
  HWY_INLINE Vector<T> pull(Vector<T> c, Vector<T> t) const {
    const auto slope = hn::Min(hn::Set(d_, T{1}), hn::Max(hn::Zero(d_), hn::Neg(hn::Mul(t, inverse_width_))));
    return hn::Mul(hn::Mul(rho_, c), slope);
  }

  /// With m = min(violation, mu), m (violation - m/2)/mu is the smoothed hinge on both its pieces.
  HWY_INLINE Vector<T> huber(Vector<T> violation) const {
    const auto m = hn::Min(violation, width_);
    return hn::Mul(hn::Mul(m, inverse_width_), hn::NegMulAdd(hn::Set(d_, T{0.5}), m, violation));
  }

  /// c^2 1{-width < t < 0}.
  HWY_INLINE Vector<T> curvature(Vector<T> c, Vector<T> t) const {
    const auto bent = hn::And(hn::Lt(t, hn::Zero(d_)), hn::Lt(hn::Neg(t), width_));
    return hn::IfThenElseZero(bent, hn::Mul(c, c));
  }

  static constexpr Tag<T> d_{};
  const Chunk<T>& chunk_;
  const T* weights_;
  Vector<T> lambda_, rho_, width_, inverse_width_;
  bool rounded_;
  Vector<T> sum_ = hn::Zero(d_), largest_ = hn::Zero(d_);
  T* partial_;
  const Gates<T>& gates_;
  const HingeLanes<T>* hinge_;
};

template <Form F, class T>
void RunGates(const Chunk<T>& chunk, const T* weights, const GateNumbers& numbers, T* partial,
              const Gates<T>& gates, const HingeLanes<T>* hinge) {
  GatePass<F, T> pass(chunk, weights, numbers, partial, gates, hinge);
  switch (chunk.length) {
    case 1:
      return pass.template run<1>();
    case 9:
      return pass.template run<9>();
    case 25:
      return pass.template run<25>();
    case 49:
      return pass.template run<49>();
    default:
      return pass.template run<0>();
  }
}

template <class T>
void ApplyFree(const Chunk<T>& chunk, const Gates<T>& gates, const T* twice_residual, double, T* sums) {
  const Tag<T> d;
  const std::size_t stride = static_cast<std::size_t>(chunk.length) * hn::Lanes(d);
  Accumulate<1>(chunk, stride, sums + stride, [&](int i, Vector<T>(&coefficient)[1]) HWY_ATTR {
    const auto c = hn::Load(d, gates.c + static_cast<std::size_t>(i) * hn::Lanes(d));
    coefficient[0] = hn::Mul(hn::Abs(c), hn::Set(d, twice_residual[i]));
  });
}

/// The coefficients of w and w': -2qr - pull and 2qr - pull'.
template <class T, class Pulls>
HWY_INLINE void Apply(const Chunk<T>& chunk, const Gates<T>& gates, const T* twice_residual, T* sums,
                      Pulls pulls) {
  const Tag<T> d;
  const std::size_t lanes = hn::Lanes(d), stride = static_cast<std::size_t>(chunk.length) * lanes;
  Accumulate<2>(chunk, stride, sums, [&](int i, Vector<T>(&coefficient)[2]) HWY_ATTR {
    const auto c = hn::Load(d, gates.c + static_cast<std::size_t>(i) * lanes);
    const auto fit = hn::Mul(hn::Abs(c), hn::Set(d, twice_residual[i]));
    Vector<T> pull, pull_prime;
    pulls(static_cast<std::size_t>(i), c, pull, pull_prime);
    coefficient[0] = hn::Neg(hn::Add(fit, pull));
    coefficient[1] = hn::Sub(fit, pull_prime);
  });
}

template <class T>
void ApplySharp(const Chunk<T>& chunk, const Gates<T>& gates, const T* twice_residual, double rho, T* sums) {
  const Tag<T> d;
  const auto weight = hn::Set(d, static_cast<T>(rho));
  Apply(chunk, gates, twice_residual, sums,
        [&](std::size_t i, Vector<T> c, Vector<T>& pull, Vector<T>& pull_prime) HWY_ATTR {
          const auto product = hn::Mul(weight, c);
          pull = hn::IfThenElseZero(hn::LoadMaskBits(d, gates.bits + 4 * i), product);
          pull_prime = hn::IfThenElseZero(hn::LoadMaskBits(d, gates.bits + 4 * i + 2), product);
        });
}

template <class T>
void ApplySmooth(const Chunk<T>& chunk, const Gates<T>& gates, const T* twice_residual, double, T* sums) {
  const Tag<T> d;
  Apply(chunk, gates, twice_residual, sums,
        [&](std::size_t i, Vector<T>, Vector<T>& pull, Vector<T>& pull_prime) HWY_ATTR {
          pull = hn::Load(d, gates.pull + i * hn::Lanes(d));
          pull_prime = hn::Load(d, gates.pull_prime + i * hn::Lanes(d));
        });
}

/// The curvature of w or of w'. Only patches on the kink of some block of the vector are visited, which are
/// few.
template <class T>
HWY_INLINE void CurveHalf(const Chunk<T>& chunk, const T* curvature, T* sums) {
  const Tag<T> d;
  const std::size_t lanes = hn::Lanes(d);
  const T* patches[longest_chunk];
  const T* factors[longest_chunk];
  Chunk<T> bent{patches, chunk.offsets, 0, chunk.length};
  for (int i = 0; i < chunk.count; ++i) {
    const T* of_patch = curvature + static_cast<std::size_t>(i) * lanes;
    if (hn::AllFalse(d, hn::Gt(hn::Load(d, of_patch), hn::Zero(d)))) continue;
    patches[bent.count] = chunk.patches[i];
    factors[bent.count++] = of_patch;
  }
  if (bent.count == 0) return;
  for (int a = 0; a < chunk.length; ++a) {
    // Row a begins at its diagonal; AccumulateFrom counts columns from 0.
    T* row = sums + static_cast<std::size_t>(a * chunk.length - a * (a - 1) / 2 - a) * lanes;
    const std::ptrdiff_t at = chunk.offsets[a];
    AccumulateFrom<1>(a, bent, 0, row, [&](int i, Vector<T>(&coefficient)[1]) HWY_ATTR {
      coefficient[0] = hn::Mul(hn::Load(d, factors[i]), hn::Set(d, patches[i][at]));
    });
  }
}

template <class T>
void ApplyCurved(const Chunk<T>& chunk, const Gates<T>& gates, T* sums) {
  CurveHalf(chunk, gates.pull, sums);
  CurveHalf(chunk, gates.pull_prime,
            sums + static_cast<std::size_t>(chunk.length * (chunk.length + 1) / 2) * hn::Lanes(Tag<T>()));
}

template <class T>
void GateSumsOf(const Chunk<T>& chunk, const T* weights, double lambda, T* sums) {
  const Tag<T> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto threshold = hn::Set(d, static_cast<T>(lambda));
  auto q_sum = hn::Load(d, sums), c_sum = hn::Load(d, sums + lanes);
  for (int i = 0; i < chunk.count; ++i) {
    Vector<T> dots[1][1];
    Dots<1, 1, 0>(chunk, i, weights, dots);
    const auto q = Gate<T>(dots[0][0], threshold);
    q_sum = hn::Add(q_sum, q);
    c_sum = hn::Add(c_sum, hn::CopySignToAbs(q, dots[0][0]));
  }
  hn::Store(q_sum, d, sums);
  hn::Store(c_sum, d, sums + lanes);
}

/// max(0, -s b)/|a| where |a| > lambda.
template <class T>
HWY_INLINE Vector<T> RepairStep(Vector<T> a, Vector<T> b, Vector<T> lambda) {
  const Tag<T> d;
  const auto size = hn::Abs(a);
  const auto against = hn::Neg(hn::Mul(hn::CopySignToAbs(hn::Set(d, T{1}), a), b));
  return hn::IfThenElseZero(hn::Gt(size, lambda), hn::Div(hn::Max(hn::Zero(d), against), size));
}

template <class T>
void RepairOf(const Chunk<T>& chunk, const T* weights, double lambda, T* alpha) {
  const Tag<T> d;
  const auto threshold = hn::Set(d, static_cast<T>(lambda));
  for (int i = 0; i < chunk.count; ++i) {
    Vector<T> dots[3][1];
    Dots<3, 1, 0>(chunk, i, weights, dots);
    Raise<T>(RepairStep<T>(dots[0][0], dots[1][0], threshold), alpha);
    Raise<T>(RepairStep<T>(dots[0][0], dots[2][0], threshold), alpha + hn::Lanes(d));
  }
}

}  // namespace zerogap::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
