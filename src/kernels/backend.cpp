// SPDX-License-Identifier: Apache-2.0
#include "kernels/backend.hpp"

#include "core/error.hpp"

namespace zerogap {

template <class T>
std::unique_ptr<Kernels<T>> make_kernels(BackendName backend, int threads) {
  switch (backend) {
    case BackendName::reference:
      return make_reference_kernels<T>();
    case BackendName::cuda:
      throw runtime_failure("CUDA kernels were requested without a device", "they need one's memory",
                            "make them with make_cuda_kernels()");
    case BackendName::automatic:
    case BackendName::cpu:
      break;
  }
  return make_cpu_kernels<T>(threads);
}

template std::unique_ptr<Kernels<float>> make_kernels(BackendName, int);
template std::unique_ptr<Kernels<double>> make_kernels(BackendName, int);

}  // namespace zerogap
