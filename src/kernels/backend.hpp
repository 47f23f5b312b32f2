#pragma once

#include <memory>
#include <string>

#include "kernels/dual.hpp"
#include "kernels/options.hpp"
#include "kernels/primal.hpp"

namespace zerogap {

/// One implementation of every contract. Results of one implementation on one target are bitwise the same for
/// any number of threads and for any split of images and of whole block tiles into calls.
template <class T>
class Kernels {
 public:
  virtual ~Kernels() = default;

  /// For logs, results and checkpoints: "reference", "cpu AVX3", ...
  virtual std::string target() const = 0;

  virtual HingeSums run(const DualForward<T>& pass) = 0;
  virtual void run(const DualBackward<T>& pass) = 0;
  virtual void run(const GateSums<T>& pass) = 0;
  virtual void run(const Repair<T>& pass) = 0;
  /// Returns the largest |y_i.u_k| seen: where it stays at or below lambda no activation passes the
  /// threshold.
  virtual double run(const PrimalForward<T>& pass) = 0;
  virtual void run(const PrimalBackward<T>& pass) = 0;
};

/// Slow, double precision throughout, and obvious: one thread, every pair by itself.
template <class T>
std::unique_ptr<Kernels<T>> make_reference_kernels();
/// SIMD with run-time dispatch, `threads` OpenMP threads.
template <class T>
std::unique_ptr<Kernels<T>> make_cpu_kernels(int threads);

/// automatic: the fastest that is built and usable. A backend that is missing throws Error (exit 4) and says
/// how to get it.
template <class T>
std::unique_ptr<Kernels<T>> make_kernels(BackendName backend, int threads);

/// What make_cpu_kernels uses on this machine: "AVX3", "AVX2", "SSE4", ...
std::string cpu_target();

}  // namespace zerogap
