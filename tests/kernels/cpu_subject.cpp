// SPDX-License-Identifier: Apache-2.0
#include "subject.hpp"

namespace zerogap::test {

template <class T>
std::unique_ptr<Kernels<T>> make_subject(int threads) {
  return make_cpu_kernels<T>(threads);
}

template std::unique_ptr<Kernels<float>> make_subject(int);
template std::unique_ptr<Kernels<double>> make_subject(int);

}  // namespace zerogap::test
