// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "core/claim.hpp"
#include "search/search_trust.hpp"

namespace zerogap {

/// The numbers that decide the verdicts; NaN, or no bound, if not known. Objectives and bounds are of the
/// training set; `network program` is that over filters of any number (theory.md, section 12).
struct VerdictNumbers {
  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

  double tolerance = 1e-3;  ///< relative
  // the network
  bool dead = false, diverged = false;
  double zero = unknown;       ///< |x|^2, the zero network's objective
  double primal = unknown;     ///< reached
  Certificate certificate;     ///< the greatest for this network
  Estimate estimate;           ///< the bound if the search found the maximum
  SearchTrust trust;           ///< of that search
  double solved = unknown;     ///< the least objective attained in the network program
  double built = unknown;      ///< of a network made of it with no more filters than the run's
  double share_at_zero = 0.0;  ///< of built - solved: caused by atoms with thresholds near 0
  std::int64_t width = 0;      ///< K
  std::int64_t wanted = 0;     ///< filters that the network program's solution asks for
  // the sampled program
  double program = unknown;       ///< J reached on the run's blocks
  Certificate program_bound;      ///< for that program
  double with_filters = unknown;  ///< J reached on these blocks and the primal's filters
  double block_price = unknown;   ///< price of the best block found, over 2 beta (rho = 0)
};

/// What a network's gap consists of, as fractions of its objective J. With C <= E the certificate and the
/// estimate, T the objective attained in the network program and S that of a network built from it,
///   (J - C)/J = optimiser + filters + at_zero + unsolved + unproved.
/// S - T is at most what the number of filters costs: a better network of K filters may exist.
struct GapParts {
  double optimiser = 0.0;  ///< J - S: training did not find that network
  double filters = 0.0;    ///< S - T: whole copies of filters, and too few of them
  double at_zero = 0.0;    ///< the rest of S - T: filters with thresholds near 0 (decay)
  double unsolved = 0.0;   ///< T - E: estimated to be left in the network program
  double unproved = 0.0;   ///< E - C: the estimate is not proved

  double estimated() const { return optimiser + filters + at_zero + unsolved; }
  double proved() const { return estimated() + unproved; }
};
/// A network that is better than what was built, or a built one better than the solution, counts as that.
GapParts gap_parts(const VerdictNumbers& numbers);

/// A verdict, why it was reached, and what would change it.
struct Judgement {
  std::string name;     ///< in certificate.json
  std::string because;  ///< the numbers behind it
  std::string change;   ///< the one thing that would change it
};

/// What is known of a network's gap, and the greatest part of it: `dead`, `diverged`, `closed` (proved),
/// `closed-estimate`, `unsolved`, `width-limited`, `form-limited`, `optimiser-limited`. `closed` needs a
/// certificate.
Judgement judge_network(const VerdictNumbers& numbers);

/// What limits the sampled program as a stand-in for the network: `unsolved`, `sampling-limited`, `solved`.
Judgement judge_blocks(const VerdictNumbers& numbers);

}  // namespace zerogap
