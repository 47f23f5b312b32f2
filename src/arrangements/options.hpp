#pragma once

#include <cstdint>
#include <string>

namespace zerogap {

enum class ArrangementSource { random, file, primal };
enum class ArrangementDistribution { normal, sphere, log_uniform };

/// How the vectors g_j of the sampled blocks Q_j are chosen (theory.md, section 3).
struct ArrangementOptions {
  std::uint64_t seed = 1;
  ArrangementSource source = ArrangementSource::random;
  std::string path;  ///< file: an HDF5 file with dual/g; primal: one with primal/u
  bool beside_random =
      false;  ///< primal: the filters come first, random vectors fill up to network.arrangements
  ArrangementDistribution distribution = ArrangementDistribution::normal;
  double std = 1.0;          ///< normal
  double radius = 1.0;       ///< sphere
  double radius_min = 0.1;   ///< log_uniform
  double radius_max = 10.0;  ///< log_uniform
  bool drop_dead = false;    ///< leave out blocks whose gate is zero on every training patch
};

}  // namespace zerogap
