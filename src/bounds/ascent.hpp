// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bounds/patch_rows.hpp"

namespace zerogap {

/// A point of a network's domain and f there.
struct Peak {
  std::vector<double> u;
  double t = 0.0, value = 0.0;
};

/// Uphill from `start` by projected gradient steps whose length adapts, never down; f is piecewise linear, so
/// that a long step is one of the power method. The domain as in ProvedMaximum; decay moves t as well.
Peak ascend(const Rows& rows, NetworkForm form, Peak start, std::int64_t steps);

/// The best of many ascents: from the axes' both directions (d, d; rows are axes), along Y'z, from
/// options.filters and from random directions. Threads take a start each; of equals the first is kept.
Peak search_peak(const Rows& rows, NetworkForm form, double lambda, std::span<const double> axes,
                 const MaximumOptions& options);

}  // namespace zerogap
