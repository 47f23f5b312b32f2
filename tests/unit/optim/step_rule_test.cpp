// SPDX-License-Identifier: Apache-2.0
// SGD and Adam against LibTorch's own: to the last bit, but for Adam's square root, which PyPI's LibTorch
// takes from a vector library that does not always round it correctly.

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/optim.h>
#include <torch/types.h>

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <ostream>
#include <random>
#include <vector>

#include "optim/rule_optimizer.hpp"

namespace zerogap {
namespace {

struct Rule {
  const char* name;
  OptimizerOptions options;
};
void PrintTo(const Rule& rule, std::ostream* out) { *out << rule.name; }

std::vector<Rule> rules() {
  using enum OptimizerName;
  return {{"sgd", {.name = sgd}},
          {"sgd_weight_decay", {.name = sgd, .weight_decay = 0.1}},
          {"sgd_momentum", {.name = sgd, .momentum = 0.9}},
          {"sgd_dampening", {.name = sgd, .momentum = 0.9, .dampening = 0.3, .weight_decay = 0.01}},
          {"sgd_nesterov", {.name = sgd, .momentum = 0.8, .nesterov = true, .weight_decay = 0.03}},
          {"adagrad", {.name = adagrad}},
          {"adagrad_weight_decay", {.name = adagrad, .weight_decay = 0.02, .eps = 1e-3}},
          {"adam", {.name = adam}},
          {"adam_of_pytorch", {.name = adam, .beta1 = 0.9, .beta2 = 0.999}},
          {"adam_weight_decay", {.name = adam, .weight_decay = 0.01, .beta1 = 0.5, .eps = 1e-3}},
          {"adam_amsgrad", {.name = adam, .weight_decay = 0.01, .amsgrad = true}}};
}

/// torch::optim::Adam's operations one by one, with a square root that is rounded correctly.
class CorrectlyRootedAdam final : public torch::optim::Optimizer {
 public:
  CorrectlyRootedAdam(const torch::Tensor& tensor, const OptimizerOptions& o)
      : Optimizer({torch::optim::OptimizerParamGroup({tensor})},
                  std::make_unique<torch::optim::AdamOptions>(o.lr)),
        o_(o),
        first_(torch::zeros_like(tensor).detach()),
        second_(torch::zeros_like(first_)),
        largest_(torch::zeros_like(first_)) {}
  torch::Tensor step(LossClosure = nullptr) override {
    const torch::NoGradGuard no_grad;
    auto& parameter = param_groups_[0].params()[0];
    auto gradient = parameter.grad();
    ++steps_;
    if (o_.weight_decay != 0.0) gradient = gradient.add(parameter, o_.weight_decay);
    first_.mul_(o_.beta1).add_(gradient, 1.0 - o_.beta1);
    second_.mul_(o_.beta2).addcmul_(gradient, gradient, 1.0 - o_.beta2);
    if (o_.amsgrad) largest_ = torch::max(largest_, second_);
    auto root = (o_.amsgrad ? largest_ : second_).clone();
    if (root.scalar_type() == torch::kFloat)
      take_roots(root.data_ptr<float>(), root.numel());
    else
      take_roots(root.data_ptr<double>(), root.numel());
    const auto size = (root / std::sqrt(1.0 - std::pow(o_.beta2, steps_))).add_(o_.eps);
    const double lr = static_cast<torch::optim::AdamOptions&>(param_groups_[0].options()).lr();
    parameter.addcdiv_(first_, size, -(lr / (1.0 - std::pow(o_.beta1, steps_))));
    return {};
  }

 private:
  template <class T>
  static void take_roots(T* of, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) of[i] = std::sqrt(of[i]);
  }

  OptimizerOptions o_;
  torch::Tensor first_, second_, largest_;
  int steps_ = 0;
};

std::unique_ptr<torch::optim::Optimizer> make_torch(const OptimizerOptions& o,
                                                    const std::vector<torch::Tensor>& tensors) {
  if (o.name == OptimizerName::sgd)
    return std::make_unique<torch::optim::SGD>(tensors, torch::optim::SGDOptions(o.lr)
                                                            .momentum(o.momentum)
                                                            .dampening(o.dampening)
                                                            .weight_decay(o.weight_decay)
                                                            .nesterov(o.nesterov));
  if (o.name == OptimizerName::adagrad)
    return std::make_unique<torch::optim::Adagrad>(
        tensors, torch::optim::AdagradOptions(o.lr).weight_decay(o.weight_decay).eps(o.eps));
  return std::make_unique<torch::optim::Adam>(tensors, torch::optim::AdamOptions(o.lr)
                                                           .betas(std::make_tuple(o.beta1, o.beta2))
                                                           .eps(o.eps)
                                                           .weight_decay(o.weight_decay)
                                                           .amsgrad(o.amsgrad));
}

void set_rate(torch::optim::Optimizer& optimizer, const OptimizerOptions& o, double lr) {
  auto& options = optimizer.param_groups()[0].options();
  if (o.name == OptimizerName::sgd)
    static_cast<torch::optim::SGDOptions&>(options).lr(lr);
  else if (o.name == OptimizerName::adagrad)
    static_cast<torch::optim::AdagradOptions&>(options).lr(lr);
  else
    static_cast<torch::optim::AdamOptions&>(options).lr(lr);
}

class StepRules : public testing::TestWithParam<Rule> {
 protected:
  /// 60 steps of RuleOptimizer and of the optimizer of `make` along the same gradients.
  template <class T>
  void compare(const std::function<std::unique_ptr<torch::optim::Optimizer>(const torch::Tensor&)>& make,
               bool equal_bits) {
    // Full vectors, because LibTorch's scalar code for the remainder may round differently.
    constexpr std::int64_t rows = 64, columns = 9;
    const OptimizerOptions& o = GetParam().options;
    std::mt19937 random(7);
    std::normal_distribution<double> normal;
    std::vector<T> start(rows * columns);
    for (T& entry : start) entry = static_cast<T>(0.3 * normal(random));

    at::set_num_threads(1);
    auto tensor = torch::zeros({rows, columns}, torch::CppTypeToScalarType<T>::value);
    std::copy(start.begin(), start.end(), tensor.template data_ptr<T>());
    tensor.set_requires_grad(true);
    tensor.mutable_grad() = torch::zeros_like(tensor);
    const auto theirs = make(tensor);
    RuleOptimizer<T> ours(o, {{"w", rows, columns, start}});

    for (int step = 0; step < 60; ++step) {
      const double lr = 0.01 / (1.0 + step), size = step % 7 == 3 ? 1e4 : 1.0;
      T* const gradient = tensor.mutable_grad().template data_ptr<T>();
      for (std::size_t i = 0; i < start.size(); ++i)
        gradient[i] = ours.gradient(0)[i] = step % 11 == 5 ? T{0} : static_cast<T>(size * normal(random));
      set_rate(*theirs, o, lr);
      theirs->step();
      ours.step(lr);
      const T* const expected = tensor.template data_ptr<T>();
      for (std::size_t i = 0; i < start.size(); ++i)
        if (equal_bits)
          ASSERT_EQ(ours.result(0)[i], expected[i]) << "entry " << i << " after step " << step;
        else  // a unit in the last place of each step, and of the weight
          ASSERT_NEAR(ours.result(0)[i], expected[i],
                      4.0 * (step + 1) * std::numeric_limits<T>::epsilon() * (std::abs(expected[i]) + lr))
              << "entry " << i << " after step " << step;
    }
  }

  template <class T>
  void check() {
    const OptimizerOptions& o = GetParam().options;
    const bool adam = o.name == OptimizerName::adam, roots = adam || o.name == OptimizerName::adagrad;
    compare<T>([&](const torch::Tensor& tensor) { return make_torch(o, {tensor}); }, !roots);
    if (adam)
      compare<T>(
          [&](const torch::Tensor& tensor) { return std::make_unique<CorrectlyRootedAdam>(tensor, o); },
          true);
  }
};
INSTANTIATE_TEST_SUITE_P(Rules, StepRules, testing::ValuesIn(rules()),
                         [](const auto& test) { return test.param.name; });

TEST_P(StepRules, HaveLibTorchsBitsInSinglePrecision) { check<float>(); }
TEST_P(StepRules, HaveLibTorchsBitsInDoublePrecision) { check<double>(); }

}  // namespace
}  // namespace zerogap
