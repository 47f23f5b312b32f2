// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "data/dataset.hpp"
#include "model/dual_weights.hpp"
#include "model/filters.hpp"

namespace zerogap {

/// Which network to take out of a run, and how to read it.
struct NetworkChoice {
  std::string weights;  ///< a run's folder (its newest whole checkpoint), a checkpoint, or an HDF5 file with
                        ///< primal/u, primal/v and/or dual/g, dual/w, dual/w_prime
  std::string network;  ///< primal, mapped, mapped_gate, dual; empty: primal if there is one, otherwise dual
  std::vector<std::string> overrides;  ///< KEY=VALUE
};

/// A trained network as a map from a noisy image to a clean one, in double. For every patch y (d) of the
/// normalised image, zero beyond its border,
///   from filters:  pred = sum_k tau_lambda(y.u_k) v_k                              (Eq. 19),
///   gated:         pred = sum_j q_j(y) y.(w'_j - w_j),  q_j(y) = max(0, 1 - lambda/|y.g_j|)  (Eq. 21).
struct TrainedNetwork {
  std::string name;  ///< primal, mapped, mapped_gate, dual
  int side = 0;      ///< m, odd; d = m * m
  double lambda = 0.0;
  Normalisation normalisation;  ///< of pixels, before; undone after
  bool gated = false;
  Filters filters;   ///< not gated; without filters that are zero. network.form relative: u/|u| and v|u|
  DualWeights dual;  ///< gated; all blocks of which some weight is not zero
  std::string file;  ///< where it was read

  std::int64_t rows() const { return gated ? dual.count : filters.count; }
};

/// Reads a network: a run's best weights where it has them, or its last where it went through several
/// programs, whose objectives do not compare. The mean and deviation of its training images are the
/// checkpoint's; where it holds none (of 0.1.0), data.normalise has these images read. `lambda`, `mean` and
/// `deviation` of a file that is no run's are attributes of its root, as `zerogap export` writes them, or
/// lambda is --set network.lambda. Throws Error: exit 2 for settings that would make it another network, 3
/// for weights that are missing, not whole, not finite, or not those of square patches with an odd side.
TrainedNetwork load_network(const NetworkChoice& choice);

/// The network's output for one image, row by row, in the pixels' own units, not clipped. `noisy`: height *
/// width. The same bits on any number of threads.
std::vector<double> apply(const TrainedNetwork& network, std::span<const double> noisy, int height,
                          int width);

}  // namespace zerogap
