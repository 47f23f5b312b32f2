// SPDX-License-Identifier: Apache-2.0
// Stands in for src/cuda in a build without CUDA.

#include "core/error.hpp"
#include "kernels/device.hpp"

namespace zerogap {
namespace {

Error missing() {
  const Devices found = find_devices();
  return runtime_failure("no GPU can be used", found.why, found.todo + ", or use --set run.backend=cpu");
}

}  // namespace

Devices find_devices() {
  return {
      0, "this build has no CUDA kernels", "build where a CUDA 13 toolkit is installed (launch/build)", {}};
}
std::vector<std::string> peers_of(int) { return {}; }
std::uint64_t memory_of(int) { throw missing(); }

std::unique_ptr<Memory> make_device_memory(int) { throw missing(); }

template <class T>
std::unique_ptr<Kernels<T>> make_cuda_kernels(Memory&) {
  throw missing();
}

template std::unique_ptr<Kernels<float>> make_cuda_kernels(Memory&);
template std::unique_ptr<Kernels<double>> make_cuda_kernels(Memory&);

}  // namespace zerogap
