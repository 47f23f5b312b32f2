// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/memory.hpp"
#include "kernels/step_rule.hpp"
#include "optim/optimizer.hpp"

namespace zerogap {

/// SGD, Adagrad or Adam with LibTorch's arithmetic (kernels/step_rule.hpp). Parameters and moments lie in one
/// memory, the kernels' or the host's, with all parameters of one kind contiguous, so that a kernel can
/// update them in place. Arrays are copied to the host when they are requested, and back before the next step
/// if they may have been changed.
template <class T>
class RuleOptimizer final : public Optimizer<T> {
 public:
  RuleOptimizer(const OptimizerOptions& options, std::vector<Parameter<T>> parameters,
                Memory& memory = host_memory());

  std::span<T> iterate(std::size_t p) override;
  std::span<const T> result(std::size_t p) override;
  std::vector<StateArray<T>> arrays() override;
  std::vector<double> scalars() const override;
  void restore(std::span<const double> scalars) override;

  /// The gradient, and a step along it. In host memory only; elsewhere the gradient is empty.
  std::span<T> gradient(std::size_t p) override;
  void step(double lr) override;

  std::span<T> snapshot(std::size_t) override { return {}; }
  std::span<T> full_gradient(std::size_t) override { return {}; }
  std::span<T> snapshot_gradient(std::size_t) override { return {}; }
  void take_snapshot() override {}

  /// Begins a step taken by a kernel and returns its coefficients. The arrays below are then up to date, and
  /// the kernel updates all their entries.
  StepRule<T> begin_step(double lr);
  /// The entries of all parameters, in that memory.
  std::span<T> resident() const { return values_[0].resident.span(); }
  /// Moment m of each entry, null if the rule has none.
  T* resident_moment(int m) const;

 private:
  /// An array and its copy on the host; arrays in host memory have no copy.
  struct Array {
    Buffer<T> resident;
    std::vector<T> copy;
    bool seen = false;     ///< the copy is up to date
    bool changed = false;  ///< the host may have changed the copy
  };
  std::span<T> on_host(Array& array);
  std::span<T> part(std::span<T> all, std::size_t p) const;
  StepRule<T> numbers(double lr) const;
  std::size_t moments() const { return values_.size() - 1; }

  OptimizerOptions options_;
  std::vector<Parameter<T>> described_;
  std::vector<std::size_t> starts_;
  Memory* memory_;
  std::vector<Array> values_;  ///< the parameters, then the moments
  std::vector<T> gradient_;    ///< host memory only
  std::int64_t steps_ = 0;
};

}  // namespace zerogap
