// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bounds/patch_rows.hpp"

namespace zerogap {

/// A point of a network's domain and the value of f there.
struct Peak {
  std::vector<double> u;
  double t = 0.0, value = 0.0;
};

/// Ascends from `start` by projected gradient steps of adaptive length; the value never decreases. f is
/// piecewise linear, so a long step is a step of the power method. The domain is that of ProvedMaximum; t is
/// moved as well where it is free (decay, product).
Peak ascend(const Rows& rows, NetworkForm form, Peak start, std::int64_t steps);

/// The best of many ascents: from both directions of each axis (d, d; rows are axes), along Y'z, from
/// options.filters and from random directions. Starts are distributed over threads; of equal results the
/// first is kept.
Peak search_peak(const Rows& rows, NetworkForm form, double lambda, std::span<const double> axes,
                 const MaximumOptions& options);

}  // namespace zerogap
