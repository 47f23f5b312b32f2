// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "checkpoint/checkpoint.hpp"
#include "comm/share.hpp"
#include "config/config.hpp"
#include "model/filters.hpp"

namespace zerogap {

/// K of a configuration: network.filters, or the number of filters at init.path for init.kind dual.
std::int64_t configured_filters(const Config& config, int length);

/// Start values of these rows of the primal network, put into the domain of its form: by rule, from a file,
/// or mapped from a file's dual weights. Throws Error (exit 2) for init.kind greedy, a start of earlier
/// versions.
Filters initial_filters(const Config& config, Range rows, std::int64_t total, int length);

/// Start values of these rows of the dual network, each (rows, d): by rule, from a file (init.kind file and
/// dual), or w' = g and w = 0 (init.dual_kind blocks), where the first prediction is sum_j tau_lambda(Y g_j).
struct StartWeights {
  std::vector<double> w, w_prime;
};
/// `total` is P, `length` d, `g` these rows of the blocks, (rows, d), which init.dual_kind blocks alone
/// needs. Throws Error (exit 3) for a file that does not fit.
StartWeights initial_weights(const Config& config, Range rows, std::int64_t total, int length,
                             std::span<const double> g = {});

/// Whether the dual's start weights come from init.path.
bool dual_starts_from_file(const InitOptions& init);

/// Whether any start weights come from init.path.
bool starts_from_file(const InitOptions& init);

/// How many of these blocks g (rows, d), in double, differ from the file's dual/g, to which start weights at
/// init.path belong. Numbers that agree in single precision count as equal. 0 if the file has no dual/g, so
/// that this cannot be checked. Reads these rows only.
std::int64_t blocks_that_differ(const CheckpointReader& file, Range rows, int length,
                                std::span<const double> g);

}  // namespace zerogap
