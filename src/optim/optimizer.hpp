// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "optim/options.hpp"

namespace zerogap {

/// One parameter of a network on this rank: (rows, columns), row-major; rows are blocks or filters.
template <class T>
struct Parameter {
  std::string name;  ///< "w", "w_prime", "u", "v"
  std::int64_t rows = 0;
  std::int64_t columns = 1;
  std::vector<T> initial;  ///< rows * columns
};

/// One array of an optimizer's state, to be saved and restored with its parameter's rows.
template <class T>
struct StateArray {
  std::string name;  ///< "exp_avg_w", ...
  std::int64_t rows = 0;
  std::int64_t columns = 1;
  std::span<T> values;
};

/// A network's parameters in training, and the state on which their next step depends.
template <class T>
class Weights {
 public:
  virtual ~Weights() = default;

  /// This rank's entries of parameter p: the iterate, at which gradients are taken.
  virtual std::span<T> iterate(std::size_t p) = 0;
  /// The result of the training: the average for asgd, otherwise the iterate.
  virtual std::span<const T> result(std::size_t p) = 0;

  /// The state on which the next step depends, apart from the iterate: arrays sharded like the parameters,
  /// and scalars, in a fixed order. Spans stay valid until the next step. For asgd, whose result() is not its
  /// iterate, both are among them.
  virtual std::vector<StateArray<T>> arrays() = 0;
  virtual std::vector<double> scalars() const = 0;
  /// Restores the scalars, after iterates and arrays() have been overwritten with saved values.
  virtual void restore(std::span<const double> scalars) = 0;
};

/// Weights and the rule that moves them. SGD and Adam are one kernel with LibTorch's arithmetic
/// (optim/rule_optimizer.hpp). ASGD and SVRG are subclasses of torch::optim::Optimizer in a library that is
/// opened when they are used (src/libtorch); this interface does not depend on LibTorch. Every rule works
/// entry by entry, so the distribution of a parameter's rows over ranks does not change a bit.
template <class T>
class Optimizer : public Weights<T> {
 public:
  /// Where step() expects the gradient at the iterate.
  virtual std::span<T> gradient(std::size_t p) = 0;
  /// One step with this learning rate.
  virtual void step(double lr) = 0;
  /// Sets a function that every step calls after the iterate has moved and before it enters an average
  /// (asgd), for example to project it onto a domain.
  void on_move(std::function<void()> moved) { moved_ = std::move(moved); }

  /// svrg only (empty spans otherwise): the point of the last full gradient, the full gradient there, and
  /// where step() expects the gradient of the current batch there. Call take_snapshot() first, then fill
  /// full_gradient.
  virtual std::span<T> snapshot(std::size_t p) = 0;
  virtual std::span<T> full_gradient(std::size_t p) = 0;
  virtual std::span<T> snapshot_gradient(std::size_t p) = 0;
  virtual void take_snapshot() = 0;

 protected:
  void moved() const {
    if (moved_) moved_();
  }

 private:
  std::function<void()> moved_;
};

/// Throws Error: exit 2 if the options do not fit the rule, 4 if asgd or svrg find no LibTorch.
template <class T>
std::unique_ptr<Optimizer<T>> make_optimizer(const OptimizerOptions& options,
                                             std::vector<Parameter<T>> parameters);

/// The learning rate of step `step` of `steps` (0-based).
double scheduled_rate(const OptimizerOptions& options, std::int64_t step, std::int64_t steps);

}  // namespace zerogap
