// SPDX-License-Identifier: Apache-2.0
#include "libtorch/rules.hpp"

#include <algorithm>
#include <cmath>

namespace zerogap {
namespace {

std::vector<torch::Tensor> like(const std::vector<torch::Tensor>& parameters, bool copy) {
  std::vector<torch::Tensor> tensors;
  for (const auto& p : parameters) tensors.push_back(copy ? p.detach().clone() : torch::zeros_like(p));
  return tensors;
}

/// The base class requires options of its own type; the rules below keep their options in plain members.
std::unique_ptr<torch::optim::OptimizerOptions> no_options() {
  return std::make_unique<torch::optim::SGDOptions>(0.0);
}

}  // namespace

Asgd::Asgd(const std::vector<torch::Tensor>& parameters, const OptimizerOptions& options)
    : Optimizer({torch::optim::OptimizerParamGroup(parameters)}, no_options()),
      average(like(parameters, true)),
      lr(options.lr),
      eta(options.lr),
      options_(options) {}

torch::Tensor Asgd::step(LossClosure) {
  move();
  take_average();
  return {};
}

void Asgd::move() {
  const torch::NoGradGuard no_grad;
  ++steps;
  auto& parameters = param_groups_[0].params();
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    auto& theta = parameters[p];
    auto gradient = theta.grad();
    if (options_.weight_decay != 0.0) gradient = gradient.add(theta, options_.weight_decay);
    theta.mul_(1.0 - options_.lambd * eta);
    theta.add_(gradient, -eta);
  }
}

void Asgd::take_average() {
  const torch::NoGradGuard no_grad;
  const auto& parameters = param_groups_[0].params();
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    const auto& theta = parameters[p];
    if (mu != 1.0)
      average[p].add_(theta.sub(average[p]).mul_(mu));
    else
      average[p].copy_(theta);
  }
  eta = lr / std::pow(1.0 + options_.lambd * lr * static_cast<double>(steps), options_.alpha);
  mu = 1.0 / std::max(1.0, static_cast<double>(steps) - options_.t0);
}

Svrg::Svrg(const std::vector<torch::Tensor>& parameters, const OptimizerOptions& options)
    : Optimizer({torch::optim::OptimizerParamGroup(parameters)}, no_options()),
      snapshot(like(parameters, true)),
      full_gradient(like(parameters, false)),
      snapshot_gradient(like(parameters, false)),
      lr(options.lr),
      weight_decay_(options.weight_decay) {}

torch::Tensor Svrg::step(LossClosure) {
  const torch::NoGradGuard no_grad;
  auto& parameters = param_groups_[0].params();
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    auto direction = parameters[p].grad().sub(snapshot_gradient[p]).add_(full_gradient[p]);
    if (weight_decay_ != 0.0) direction.add_(parameters[p], weight_decay_);
    parameters[p].add_(direction, -lr);
  }
  return {};
}

}  // namespace zerogap
