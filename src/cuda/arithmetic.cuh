// SPDX-License-Identifier: Apache-2.0
#pragma once

// Arithmetic of one pair (patch, block), on the device. Every multiply-add is explicit and the compiler
// contracts nothing, so a sum has the same bits in every kernel that computes it.

#include <cuda_runtime.h>

#include <cstdint>

namespace zerogap::cuda {

/// 16 bytes, the size of one load from shared memory.
template <class T>
struct alignas(16) Lanes {
  static constexpr int count = 16 / sizeof(T);
  T of[count];
};

/// Entries rounded up to a multiple of Lanes.
template <class T, int entries>
constexpr int padded = (entries + Lanes<T>::count - 1) / Lanes<T>::count* Lanes<T>::count;

/// row = the entries that start at `from`. Threads of a warp that read the same row share its loads.
template <int size, class T>
__device__ inline void read_row(const Lanes<T>* from, T (&row)[size]) {
#pragma unroll
  for (int at = 0; at < size / Lanes<T>::count; ++at) {
    const Lanes<T> lanes = from[at];
#pragma unroll
    for (int lane = 0; lane < Lanes<T>::count; ++lane) row[at * Lanes<T>::count + lane] = lanes.of[lane];
  }
}

__device__ inline float multiply_add(float a, float b, float c) { return fmaf(a, b, c); }
__device__ inline double multiply_add(double a, double b, double c) { return fma(a, b, c); }

/// a in fixed point: llrint(a * scale), the host's FixedPoint::fixed.
__device__ inline std::int64_t fixed(double a, double scale) { return __double2ll_rn(a * scale); }

/// 1/a to one unit in the last place, in one instruction; infinity where |a| < 2^-126.
__device__ inline float reciprocal(float a) {
#ifdef __CUDA_ARCH__
  float r;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(a));
  return r;
#else
  return 1.0f / a;
#endif
}

/// q = max(0, 1 - lambda/|a|) = (|a| - lambda)/|a|, 0 if a = 0. In single precision |a| - lambda is exact
/// where |a| < 2 lambda, so that q's relative error is the reciprocal's, 1.5 units in the last place, next to
/// the threshold too; 0 * infinity at a = lambda = 0 is NaN, which saturates to 0.
class Gate32 {
 public:
  __device__ explicit Gate32(double lambda) : lambda_(static_cast<float>(lambda)) {}
  __device__ float operator()(float a) const {
    const float size = fabsf(a);
    return __saturatef((size - lambda_) * reciprocal(size));
  }

 private:
  float lambda_;
};
class Gate64 {
 public:
  __device__ explicit Gate64(double lambda) : lambda_(lambda) {}
  __device__ double operator()(double a) const { return fmax(0.0, 1.0 - lambda_ / fabs(a)); }

 private:
  double lambda_;
};
template <class T>
struct GateOf;
template <>
struct GateOf<float> {
  using type = Gate32;
};
template <>
struct GateOf<double> {
  using type = Gate64;
};
template <class T>
using Gate = typename GateOf<T>::type;

__device__ inline float with_sign(float size, float sign) { return copysignf(size, sign); }
__device__ inline double with_sign(double size, double sign) { return copysign(size, sign); }
__device__ inline float magnitude(float a) { return fabsf(a); }
__device__ inline double magnitude(double a) { return fabs(a); }
/// The larger one; if one is NaN, the other.
__device__ inline float maximum(float a, float b) { return fmaxf(a, b); }
__device__ inline double maximum(double a, double b) { return fmax(a, b); }
/// a clipped to [0, 1]; 0 for NaN.
__device__ inline float unit(float a) { return __saturatef(a); }
__device__ inline double unit(double a) { return fmin(1.0, fmax(0.0, a)); }

/// tau_lambda(a).
template <class T>
__device__ inline T shrink(T a, T lambda) {
  return with_sign(maximum(magnitude(a) - lambda, T{0}), a);
}

/// The larger one, and NaN if one is, as on the host.
__device__ inline double larger_or_nan(double a, double b) { return a < b || b != b ? b : a; }

}  // namespace zerogap::cuda
