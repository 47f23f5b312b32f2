// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "core/memory.hpp"
#include "kernels/dual.hpp"
#include "kernels/options.hpp"
#include "kernels/primal.hpp"
#include "kernels/residual.hpp"
#include "kernels/row_step.hpp"

namespace zerogap {

/// One implementation of all kernels. Its results on one target are bitwise the same for any number of
/// threads, for any split of the images into calls, and for any split of the blocks that cuts no tile.
template <class T>
class Kernels {
 public:
  virtual ~Kernels() = default;

  /// For logs, results and checkpoints: "reference", "cpu AVX3", "cuda NVIDIA H200", ...
  virtual std::string target() const = 0;
  /// Where resident arrays must lie.
  virtual Memory& memory() { return host_memory(); }
  /// Whether a step (DualStep, PrimalStep) is cheaper than its two halves. If not, the halves are preferable:
  /// the backward half can run in parts, each summed over ranks while the next is computed.
  virtual bool steps_save_work() const { return false; }
  /// Working memory held between calls, in addition to the arrays of the passes.
  virtual std::size_t scratch_bytes() const { return 0; }

  virtual HingeSums run(const DualForward<T>& pass) = 0;
  virtual void run(const DualBackward<T>& pass) = 0;
  virtual void run(const DualStep<T>& pass) = 0;
  virtual void run(const DualCurvature<T>& pass) = 0;
  virtual void run(const GateSums<T>& pass) = 0;
  virtual void run(const Repair<T>& pass) = 0;
  /// Returns the largest |y_i.u_k|: if it is at most lambda, no activation passes the threshold.
  virtual double run(const PrimalForward<T>& pass) = 0;
  virtual void run(const PrimalBackward<T>& pass) = 0;
  virtual void run(const PrimalStep<T>& pass) = 0;
  virtual void run(const RowStep<T>& pass) = 0;

  /// residual_i = r_i, rounded to T; (images.size() * pixels_per_image), resident.
  virtual void residual(const Predictions<T>& of, std::span<T> residual) = 0;
  /// max |r_i|; 0 for no patches, NaN if some r_i is.
  virtual double largest_residual(const Predictions<T>& of) = 0;
  virtual ResidualSums residual_sums(const Predictions<T>& of, FixedPoint fit, FixedPoint with_target) = 0;
};

/// The reference implementation: slow and simple, in double precision throughout, one thread, each pair
/// separately.
template <class T>
std::unique_ptr<Kernels<T>> make_reference_kernels();
/// SIMD with run-time dispatch, `threads` OpenMP threads.
template <class T>
std::unique_ptr<Kernels<T>> make_cpu_kernels(int threads);

/// automatic: the fastest that needs no device (kernels/device.hpp has those). cuda throws Error (exit 4).
template <class T>
std::unique_ptr<Kernels<T>> make_kernels(BackendName backend, int threads);

/// What make_cpu_kernels uses on this machine: "AVX3", "AVX2", "SSE4", ...
std::string cpu_target();

}  // namespace zerogap
