// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "objective/dual_pass.hpp"
#include "objective/primal_pass.hpp"
#include "problem/instance.hpp"
#include "problem/program.hpp"

namespace zerogap {

/// An instance with the program that is being solved on it. Passes, evaluations, searches and trainers of one
/// network refer to it and must not outlive it.
template <class T>
class Problem {
 public:
  /// Makes the instance, with a cache of data or none, and its first program from a configuration.
  /// Collective.
  Problem(const Config& config, Communicator& world, const Given& given = {}, DatasetCache* cache = nullptr)
      : Problem(std::make_shared<const Instance<T>>(config, world, given.normalisation, cache), config,
                given) {}
  /// The configuration's first program on an existing instance. Collective.
  Problem(std::shared_ptr<const Instance<T>> instance, const Config& config, const Given& given)
      : instance_(std::move(instance)) {
    replace(first_program(config, *instance_, given));
  }
  /// A program on an existing instance.
  Problem(std::shared_ptr<const Instance<T>> instance, Program<T> program) : instance_(std::move(instance)) {
    replace(std::move(program));
  }
  Problem(const Problem&) = delete;
  Problem& operator=(const Problem&) = delete;

  const std::shared_ptr<const Instance<T>>& shared_instance() const { return instance_; }
  const Instance<T>& instance() const { return *instance_; }
  const Program<T>& program() const { return program_; }
  /// Replaces the program. Trainers of networks must be notified (start_program()).
  void replace(Program<T> program) {
    program_ = std::move(program);
    const auto& p = program_.parameters;
    context_ = {&kernels(), &grid(), p.lambda, p.beta, p.rho, instance_->overlap(), program_.form};
  }

  ProcessGrid& grid() const { return instance_->grid(); }
  Kernels<T>& kernels() const { return instance_->kernels(); }
  const PatchSet<T>& train() const { return instance_->train(); }
  const PatchSet<T>* test() const { return instance_->test(); }
  int length() const { return instance_->length(); }  ///< d
  const Blocks<T>& blocks() const { return program_.blocks; }
  std::int64_t filters() const { return program_.filters; }  ///< K
  Range filter_share() const { return grid().blocks(program_.filters); }
  bool hard() const { return program_.hard(); }
  /// Passes refer to it, and so always use the current program's parameters.
  const PassContext<T>& context() const { return context_; }
  /// How far rounding may separate an objective and its lower bound: a relative error of the predictions
  /// changes the fit by up to 2 |r||pred| times it, with |r| at most the root of the objective.
  double value_rounding(double objective) const;

 private:
  std::shared_ptr<const Instance<T>> instance_;
  Program<T> program_;
  PassContext<T> context_;
};

}  // namespace zerogap
