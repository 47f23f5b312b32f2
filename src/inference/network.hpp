// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "data/dataset.hpp"
#include "model/dual_weights.hpp"
#include "model/filters.hpp"

namespace zerogap {

/// Which network of a run to use, and how to read it.
struct NetworkChoice {
  std::string weights;  ///< a run's folder (its newest intact checkpoint), a checkpoint, or an HDF5 file with
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
  Filters filters;   ///< not gated; without zero filters. network.form relative: u/|u| and v|u|
  DualWeights dual;  ///< gated; all blocks with a nonzero weight
  std::string file;  ///< the file that was read

  std::int64_t rows() const { return gated ? dual.count : filters.count; }
};

/// Reads a network: a run's best weights if it has them, or the last ones if it solved several programs,
/// whose objectives cannot be compared. The mean and deviation of its training images are the checkpoint's;
/// if it has none (written by 0.1.0) and data.normalise is set, the images are read. `lambda`, `mean` and
/// `deviation` of a file that is not a run's are attributes of its root, as `zerogap export` writes them;
/// lambda may also be --set network.lambda. Throws Error: exit 2 for settings that would make it another
/// network, 3 for weights that are missing, incomplete, not finite, or not those of square patches with an
/// odd side.
TrainedNetwork load_network(const NetworkChoice& choice);

/// The network's output for one image, row by row, in the pixels' own units, not clipped. `noisy`: height *
/// width. The bits do not depend on the number of threads.
std::vector<double> apply(const TrainedNetwork& network, std::span<const double> noisy, int height,
                          int width);

}  // namespace zerogap
