// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "bounds/lagrangian_bound.hpp"
#include "model/options.hpp"
#include "problem/gathered_data.hpp"

namespace zerogap {

/// A lower bound valid for one primal network (theory.md, section 7), at the z that gave the best one.
struct NetworkProof {
  NetworkForm form = NetworkForm::decay;
  std::vector<double> z;    ///< (I)
  FoundMaximum found;       ///< |z' tau(Yu)| at the best filter known
  UpperBound proved;        ///< upper bound of M, the maximum
  bool exact = false;       ///< the two agree up to rounding
  std::vector<double> at;   ///< that filter (d); decay, product: a unit one
  double threshold = 0.0;   ///< t: lambda; decay, product: any
  std::int64_t nodes = 0;   ///< of branch and bound
  Estimate estimate;        ///< D(s) for |s| <= 2 beta/found
  Certificate certificate;  ///< D(s) for |s| <= 2 beta/proved
};

/// Candidate predictions of this rank's patches, each of which gives a bound by z = 2 (x - pred), and filters
/// that are good starts for the search (n, d).
struct BoundCandidates {
  std::vector<std::vector<double>> predictions;
  std::vector<double> filters;
};

/// The bound of one network: searches for each z, takes the z of the best estimate, and proves its maximum as
/// far as `seconds` allow. Collective, the same on any grid; only the proof's progress depends on time.
NetworkProof bound_network(NetworkForm form, const Problem<double>& problem, const GatheredData& data,
                           const BoundCandidates& candidates, const FilterSearchOptions& options,
                           double seconds);

/// |z' tau(Yu)| over 2 beta at the best filter that a search finds, for the network with these predictions
/// and filters (n, d): above 1, another filter would lower its objective. Collective.
double filter_price(NetworkForm form, const Problem<double>& problem, const std::vector<double>& predictions,
                    const std::vector<double>& filters, const FilterSearchOptions& search);

}  // namespace zerogap
