// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/optim.h>
#include <torch/types.h>

#include <vector>

#include "optim/options.hpp"

namespace zerogap {

/// Averaged SGD with PyTorch's semantics (torch.optim.ASGD): decay by lambd, step eta_t = lr / (1 + lambd lr
/// t)^alpha, and the average ax of the iterates from step t0 on.
class Asgd : public torch::optim::Optimizer {
 public:
  Asgd(const std::vector<torch::Tensor>& parameters, const OptimizerOptions& options);
  /// move() and take_average().
  torch::Tensor step(LossClosure closure = nullptr) override;
  void move();
  void take_average();

  std::vector<torch::Tensor> average;
  double lr;
  double eta, mu = 1.0;
  std::int64_t steps = 0;

 private:
  OptimizerOptions options_;
};

/// Stochastic variance-reduced gradient (Johnson and Zhang): theta -= lr (grad_B(theta) - grad_B(snapshot) +
/// full gradient). Costs two batch gradients for each step and one full gradient every snapshot_every epochs,
/// so an epoch of svrg with snapshot_every = 1 does three times the work of an epoch of sgd.
class Svrg : public torch::optim::Optimizer {
 public:
  Svrg(const std::vector<torch::Tensor>& parameters, const OptimizerOptions& options);
  torch::Tensor step(LossClosure closure = nullptr) override;

  std::vector<torch::Tensor> snapshot, full_gradient, snapshot_gradient;
  double lr;

 private:
  double weight_decay_;
};

}  // namespace zerogap
