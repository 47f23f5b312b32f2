// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bounds/lagrangian_bound.hpp"
#include "model/options.hpp"
#include "problem/gathered_data.hpp"
#include "search/search_trust.hpp"

namespace zerogap {

/// A lower bound valid for one primal network (theory.md, section 7), at the z that gave the best one.
struct NetworkProof {
  NetworkForm form = NetworkForm::decay;
  std::string source;       ///< whose predictions gave z
  std::vector<double> z;    ///< (I)
  FoundMaximum found;       ///< |z' tau(Yu)| at the best filter known
  UpperBound proved;        ///< upper bound of M, the maximum
  bool exact = false;       ///< the two agree up to rounding
  std::vector<double> at;   ///< that filter (d); decay, product: a unit one
  double threshold = 0.0;   ///< t: lambda; decay, product: any
  std::int64_t nodes = 0;   ///< of branch and bound
  Estimate estimate;        ///< D(s) for |s| <= 2 beta/found
  Certificate certificate;  ///< D(s) for |s| <= 2 beta/proved
  SearchTrust trust;        ///< of the search for `found`
};

/// A point whose predictions (this rank's patches) give a bound by z = 2 (x - pred).
struct BoundPoint {
  std::string source;  ///< for certificate.json
  std::vector<double> predictions;
};

/// Candidates for a bound, and filters that are good starts for the search (n, d).
struct BoundCandidates {
  std::vector<BoundPoint> points;
  std::vector<double> filters;
};

/// How much effort a bound is worth.
struct BoundEffort {
  FilterSearchOptions search;
  double search_seconds = 0.0;  ///< for more searches with other seeds, until SearchTrust::content()
  double proof_seconds = 0.0;   ///< for the proof
};

/// The bound of one network: searches for each z, takes the z of the best estimate, goes on searching there,
/// and proves its maximum. Collective, the same on any grid, but what is limited by time depends on time.
NetworkProof bound_network(NetworkForm form, const Problem<double>& problem, const GatheredData& data,
                           const BoundCandidates& candidates, const BoundEffort& effort);

/// |z' tau(Yu)| over 2 beta at the best filter that a search finds, for the network with these predictions
/// and filters (n, d): above 1, another filter would lower its objective. Collective.
double filter_price(NetworkForm form, const Problem<double>& problem, const std::vector<double>& predictions,
                    const std::vector<double>& filters, const FilterSearchOptions& search);

}  // namespace zerogap
