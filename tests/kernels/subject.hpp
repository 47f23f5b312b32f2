// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "kernels/backend.hpp"

namespace zerogap::test {

/// The implementation that a program's suites test; each program defines this once, for float and double.
/// Results must be the same for any number of threads, also where there are none to choose.
template <class T>
std::unique_ptr<Kernels<T>> make_subject(int threads = 2);

}  // namespace zerogap::test
