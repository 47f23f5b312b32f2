// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace zerogap::bench {

/// Fused multiply-adds in registers, with as many independent chains as hide their latency, on the widest
/// vectors that the kernels use on this machine. What a core can do at most.
template <class T>
struct Peak {
  /// Runs `rounds` rounds and returns a number that depends on all of them.
  T (*run)(std::int64_t rounds);
  std::int64_t fma_per_round;
  const char* target;
};

template <class T>
Peak<T> peak();

}  // namespace zerogap::bench
