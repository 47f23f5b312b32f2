// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

namespace zerogap {

/// Minimises x'Gx + b'x over x >= 0, starting at x >= 0, for a symmetric positive semidefinite G (n, n),
/// row-major: an active-set method (Lawson and Hanson) that lets several entries enter at once. Ends when no
/// entry at zero has a slope below -tolerance and the others' slopes are zero up to rounding. In a fixed
/// order: the same on all ranks.
void minimise_nonnegative(std::span<const double> gram, std::span<const double> linear, double tolerance,
                          int threads, std::vector<double>& x);

}  // namespace zerogap
