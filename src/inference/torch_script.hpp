// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace zerogap {

/// A TorchScript module as plain data, without LibTorch's types.
struct TorchScript {
  /// A float64 tensor of the module; an empty shape is a scalar.
  struct Buffer {
    std::string name;
    std::vector<std::int64_t> shape;
    std::vector<double> values;  ///< row-major
  };
  std::vector<Buffer> buffers;
  std::string source;  ///< source of its methods, which use the buffers as self.NAME
};

}  // namespace zerogap

/// In libzerogap_torch.so: sets `bytes` to the file that torch.jit.load reads. Throws Error (exit 4) if
/// LibTorch refuses the source. Only torchscript_bytes() calls it, by name through core/torch_library.hpp.
extern "C" void zerogap_torch_script(const zerogap::TorchScript& script, std::string& bytes);
