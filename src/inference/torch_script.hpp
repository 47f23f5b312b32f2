// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace zerogap {

/// A TorchScript module in plain words.
struct TorchScript {
  /// A float64 tensor that the module holds; no shape is that of a number.
  struct Buffer {
    std::string name;
    std::vector<std::int64_t> shape;
    std::vector<double> values;  ///< row-major
  };
  std::vector<Buffer> buffers;
  std::string source;  ///< of its methods, which see the buffers as self.NAME
};

}  // namespace zerogap

/// In libzerogap_torch.so: sets `bytes` to the file that torch.jit.load reads. Throws Error (exit 4) where
/// LibTorch refuses the source. The one caller is torchscript_bytes(), which asks core/torch_library.hpp for
/// it by name.
extern "C" void zerogap_torch_script(const zerogap::TorchScript& script, std::string& bytes);
