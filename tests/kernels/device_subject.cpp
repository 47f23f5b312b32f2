// SPDX-License-Identifier: Apache-2.0
#include "kernels/device.hpp"
#include "subject.hpp"

namespace zerogap::test {

template <class T>
std::unique_ptr<Kernels<T>> make_subject(int) {
  static const auto memory = make_device_memory(0);
  return make_cuda_kernels<T>(*memory);
}

template std::unique_ptr<Kernels<float>> make_subject(int);
template std::unique_ptr<Kernels<double>> make_subject(int);

}  // namespace zerogap::test
