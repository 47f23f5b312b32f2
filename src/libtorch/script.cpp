// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>

#include <sstream>

#include "core/error.hpp"
#include "inference/torch_script.hpp"

namespace zerogap {
namespace {

at::Tensor tensor(const TorchScript::Buffer& buffer) {
  auto result = at::empty(buffer.shape, at::TensorOptions().dtype(at::kDouble));
  std::copy(buffer.values.begin(), buffer.values.end(), result.data_ptr<double>());
  return result;
}

std::string saved(const TorchScript& script) {
  torch::jit::Module module("zerogap");
  // The attribute that torch.jit.freeze, .eval() and torch.compile expect in every module.
  module.register_attribute("training", c10::BoolType::get(), false);
  for (const auto& buffer : script.buffers) module.register_buffer(buffer.name, tensor(buffer));
  module.define(script.source);
  std::ostringstream bytes;
  module.save(bytes);
  return std::move(bytes).str();
}

}  // namespace
}  // namespace zerogap

void zerogap_torch_script(const zerogap::TorchScript& script, std::string& bytes) {
  try {
    bytes = zerogap::saved(script);
  } catch (const c10::Error& error) {
    throw zerogap::runtime_failure("the TorchScript module was not made", error.what_without_backtrace(),
                                   "report it; --format npz has the same weights");
  }
}
