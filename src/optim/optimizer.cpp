// SPDX-License-Identifier: Apache-2.0
#include "optim/optimizer.hpp"

#include <type_traits>

#include "core/error.hpp"
#include "core/torch_library.hpp"
#include "optim/rule_optimizer.hpp"
#include "optim/torch_optimizer.hpp"

namespace zerogap {
namespace {

template <class T>
std::unique_ptr<Optimizer<T>> torch_optimizer(const OptimizerOptions& options,
                                              std::vector<Parameter<T>> parameters) {
  std::conditional_t<std::is_same_v<T, float>, decltype(&zerogap_torch_optimizer_float),
                     decltype(&zerogap_torch_optimizer_double)>
      make = nullptr;
  torch_library().find(
      std::is_same_v<T, float> ? "zerogap_torch_optimizer_float" : "zerogap_torch_optimizer_double", make);
  return std::unique_ptr<Optimizer<T>>(make(options, parameters));
}

}  // namespace

template <class T>
std::unique_ptr<Optimizer<T>> make_optimizer(const OptimizerOptions& options,
                                             std::vector<Parameter<T>> parameters) {
  switch (options.name) {
    case OptimizerName::asgd:
    case OptimizerName::svrg:
      return torch_optimizer(options, std::move(parameters));
    case OptimizerName::sgd:
    case OptimizerName::adagrad:
    case OptimizerName::adam:
      break;
    case OptimizerName::newton:
    case OptimizerName::fista:
    case OptimizerName::frank_wolfe:
      throw usage_error("optimizer.name is a solver", "only the dual network's program can be solved",
                        "give it as optimizer.dual.name");
  }
  return std::make_unique<RuleOptimizer<T>>(options, std::move(parameters));
}

template std::unique_ptr<Optimizer<float>> make_optimizer(const OptimizerOptions&,
                                                          std::vector<Parameter<float>>);
template std::unique_ptr<Optimizer<double>> make_optimizer(const OptimizerOptions&,
                                                           std::vector<Parameter<double>>);

}  // namespace zerogap
