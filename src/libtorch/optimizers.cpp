// SPDX-License-Identifier: Apache-2.0
#include <ATen/Parallel.h>
#include <torch/optim.h>
#include <torch/types.h>

#include <algorithm>

#include "libtorch/rules.hpp"
#include "optim/torch_optimizer.hpp"

namespace zerogap {
namespace {

/// Rows are padded with zeros to a multiple of this. LibTorch's vector loops then have no remainder, whose
/// scalar code could round differently, so an entry's result does not depend on where a share begins or ends.
constexpr std::int64_t row_padding = 64;

/// The storage common to all rules: padded parameters with their gradients.
template <class T>
class TorchOptimizer : public Optimizer<T> {
 public:
  explicit TorchOptimizer(std::vector<Parameter<T>> parameters) : described_(std::move(parameters)) {
    at::set_num_threads(1);  // parameters are small, and splitting them among threads would cause remainders
    for (const auto& p : described_) {
      const std::int64_t rows = std::max(row_padding, (p.rows + row_padding - 1) / row_padding * row_padding);
      auto tensor = torch::zeros({rows, p.columns}, torch::CppTypeToScalarType<T>::value);
      std::copy(p.initial.begin(), p.initial.end(), tensor.template data_ptr<T>());
      tensor.set_requires_grad(true);
      tensor.mutable_grad() = torch::zeros_like(tensor);
      tensors_.push_back(tensor);
    }
    for (auto& p : described_) p.initial.clear();
  }

  std::span<T> iterate(std::size_t p) override { return view(tensors_[p], p); }
  std::span<const T> result(std::size_t p) override { return iterate(p); }
  std::span<T> gradient(std::size_t p) override { return view(tensors_[p].mutable_grad(), p); }
  std::span<T> snapshot(std::size_t) override { return {}; }
  std::span<T> full_gradient(std::size_t) override { return {}; }
  std::span<T> snapshot_gradient(std::size_t) override { return {}; }
  void take_snapshot() override {}
  std::vector<StateArray<T>> arrays() override { return {}; }
  std::vector<double> scalars() const override { return {}; }
  void restore(std::span<const double>) override {}

 protected:
  std::span<T> view(torch::Tensor& tensor, std::size_t p) {
    return {tensor.data_ptr<T>(), static_cast<std::size_t>(described_[p].rows * described_[p].columns)};
  }
  /// Adds `tensors`, one for each parameter, to the saved state as <name>_<parameter>.
  void list(std::vector<StateArray<T>>& out, const std::string& name, std::vector<torch::Tensor>& tensors) {
    for (std::size_t p = 0; p < tensors.size(); ++p)
      out.push_back(
          {name + "_" + described_[p].name, described_[p].rows, described_[p].columns, view(tensors[p], p)});
  }
  std::size_t count() const { return described_.size(); }

  std::vector<Parameter<T>> described_;
  std::vector<torch::Tensor> tensors_;
};

template <class T>
class AsgdOptimizer final : public TorchOptimizer<T> {
 public:
  AsgdOptimizer(const OptimizerOptions& o, std::vector<Parameter<T>> parameters)
      : TorchOptimizer<T>(std::move(parameters)), rule_(this->tensors_, o) {}

  std::span<const T> result(std::size_t p) override { return this->view(rule_.average[p], p); }
  void step(double lr) override {
    rule_.lr = lr;
    rule_.move();
    this->moved();
    rule_.take_average();
  }
  std::vector<StateArray<T>> arrays() override {
    std::vector<StateArray<T>> out;
    this->list(out, "iterate", this->tensors_);
    this->list(out, "average", rule_.average);
    return out;
  }
  std::vector<double> scalars() const override {
    return {static_cast<double>(rule_.steps), rule_.eta, rule_.mu};
  }
  void restore(std::span<const double> scalars) override {
    rule_.steps = static_cast<std::int64_t>(scalars[0]);
    rule_.eta = scalars[1];
    rule_.mu = scalars[2];
  }

 private:
  Asgd rule_;
};

template <class T>
class SvrgOptimizer final : public TorchOptimizer<T> {
 public:
  SvrgOptimizer(const OptimizerOptions& o, std::vector<Parameter<T>> parameters)
      : TorchOptimizer<T>(std::move(parameters)), rule_(this->tensors_, o) {}

  std::span<T> snapshot(std::size_t p) override { return this->view(rule_.snapshot[p], p); }
  std::span<T> full_gradient(std::size_t p) override { return this->view(rule_.full_gradient[p], p); }
  std::span<T> snapshot_gradient(std::size_t p) override { return this->view(rule_.snapshot_gradient[p], p); }
  void take_snapshot() override {
    for (std::size_t p = 0; p < this->count(); ++p) rule_.snapshot[p].copy_(this->tensors_[p].detach());
  }
  void step(double lr) override {
    rule_.lr = lr;
    rule_.step();
    this->moved();
  }
  std::vector<StateArray<T>> arrays() override {
    std::vector<StateArray<T>> out;
    this->list(out, "snapshot", rule_.snapshot);
    this->list(out, "full_gradient", rule_.full_gradient);
    return out;
  }

 private:
  Svrg rule_;
};

template <class T>
Optimizer<T>* make(const OptimizerOptions& options, std::vector<Parameter<T>>& parameters) {
  if (options.name == OptimizerName::asgd) return new AsgdOptimizer<T>(options, std::move(parameters));
  return new SvrgOptimizer<T>(options, std::move(parameters));
}

}  // namespace
}  // namespace zerogap

zerogap::Optimizer<float>* zerogap_torch_optimizer_float(const zerogap::OptimizerOptions& options,
                                                         std::vector<zerogap::Parameter<float>>& parameters) {
  return zerogap::make(options, parameters);
}

zerogap::Optimizer<double>* zerogap_torch_optimizer_double(
    const zerogap::OptimizerOptions& options, std::vector<zerogap::Parameter<double>>& parameters) {
  return zerogap::make(options, parameters);
}
