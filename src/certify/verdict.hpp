// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "core/claim.hpp"

namespace zerogap {

/// What prevents a primal network from having a proved gap of zero: the first that applies, in this order.
enum class Verdict {
  dead,               ///< no activation passes the threshold
  diverged,           ///< the objective is not finite, or above the zero network's
  closed,             ///< within tolerance of a bound that is a certificate for this very network
  unsolved,           ///< the sampled program's own gap is not closed
  sampling_limited,   ///< solved, but the primal's filters as blocks, or blocks found by search, lower it
  width_limited,      ///< all K filters are in use and one more would lower the objective
  optimiser_limited,  ///< its own filters' solved program, mapped back and polished, is lower
  form_limited,       ///< none of these, but a gap to the network's bound remains
};

/// The name in certificate.json: "dead", "sampling-limited", ...
std::string_view name_of(Verdict verdict);

/// The numbers that decide the verdict; NaN, or no bound, if not known. Objectives and bounds are of the
/// training set.
struct VerdictNumbers {
  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

  bool dead = false, diverged = false;
  double zero = unknown;          ///< |x|^2, the zero network's objective
  double primal = unknown;        ///< reached
  Certificate certificate;        ///< the greatest for this network
  Estimate estimate;              ///< the bound if the search found the maximum
  double program = unknown;       ///< J reached on the run's blocks
  Certificate program_bound;      ///< for that program
  double with_filters = unknown;  ///< J reached on these blocks and the primal's filters
  double block_price = unknown;   ///< price of the best block found, over 2 beta (rho = 0)
  double mapped = unknown;        ///< objective of its own filters' program, solved, mapped back and polished
  bool all_filters_used = false;
  double filter_price = unknown;  ///< |z' tau(Yu)| over 2 beta at the best filter found
  double tolerance = 1e-3;        ///< relative
};

/// A verdict, why it was reached, and what would change it.
struct Judgement {
  Verdict verdict = Verdict::form_limited;
  std::string because;  ///< the numbers behind it, in one sentence
  std::string change;   ///< the one thing that would change it
};

/// Decides from these numbers alone. A verdict that needs an unknown number does not apply; `closed` needs a
/// certificate.
Judgement judge(const VerdictNumbers& numbers);

}  // namespace zerogap
