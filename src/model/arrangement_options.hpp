// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace zerogap {

/// Where the vectors g_j come from.
enum class ArrangementSource { random, file, primal };
/// How random vectors g_j are drawn (section 3).
enum class ArrangementDistribution { normal, sphere, log_uniform };

/// Adding blocks that lower the optimum, found by search after a solve (theory.md, section 11).
struct PricingOptions {
  std::int64_t rounds = 0;  ///< rounds of search and another solve; 0: none
  std::int64_t add = 8;     ///< most blocks added in a round
  std::int64_t starts = 1024;
  std::int64_t steps = 30;  ///< of the local ascent from each start
  std::uint64_t seed = 1;
  double tolerance = 1e-3;     ///< a block is added only if its price exceeds 2 beta by more, relative
  std::string filters;         ///< an HDF5 file whose primal/u are candidates too; a checkpoint will do
  std::int64_t doublings = 0;  ///< doublings of P by nested sampling, solved for comparison

  /// Whether the blocks of a run change.
  bool active() const { return rounds > 0 || doublings > 0; }
};

/// How the vectors g_j of the sampled blocks Q_j are chosen (theory.md, section 3).
struct ArrangementOptions {
  std::uint64_t seed = 1;
  ArrangementSource source = ArrangementSource::random;
  std::string path;  ///< file: an HDF5 file with dual/g; primal: one with primal/u
  bool include_random =
      false;  ///< primal: the filters come first, random vectors fill up to network.arrangements
  ArrangementDistribution distribution = ArrangementDistribution::normal;
  double std = 1.0;          ///< normal
  double radius = 1.0;       ///< sphere
  double radius_min = 0.1;   ///< log_uniform
  double radius_max = 10.0;  ///< log_uniform
  bool drop_dead = false;    ///< leave out blocks whose gate is zero on every training patch
  PricingOptions pricing = {};
};

}  // namespace zerogap
