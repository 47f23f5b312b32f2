// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace zerogap {

/// Distributions of start values (section 2).
enum class InitialKind { zero, normal, kaiming_uniform };

/// Which parameter a start value belongs to; each has its own stream of random numbers.
enum class InitialArray : std::uint64_t { u = 0, v = 1, w = 2, w_prime = 3 };

/// How start values are drawn.
struct InitialRule {
  InitialKind kind = InitialKind::kaiming_uniform;
  double std = 0.0;  ///< normal: N(0, std^2)
  std::uint64_t seed = 1;
  double a = 0.0;  ///< kaiming_uniform
};

/// Computes row `row` of a parameter's start value, a pure function of (rule, array, row). kaiming_uniform is
/// U(+-sqrt(6/((1 + a^2) fan_in))), torch.nn.init's rule (section 2).
void initial_row(const InitialRule& rule, InitialArray array, std::int64_t row, double fan_in,
                 std::span<double> out);

}  // namespace zerogap
