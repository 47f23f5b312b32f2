// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "methods/program_record.hpp"
#include "methods/program_state.hpp"
#include "problem/problem.hpp"

namespace zerogap {

/// What the solution of a network's own program (theory.md, section 12) tells about that network.
struct NetworkSolution {
  NetworkProgramRecord program;    ///< of filters of any number
  double objective = 0.0;          ///< the least that the atoms attained; decay: of product
  std::int64_t rounds = 0;         ///< taken
  std::int64_t wanted = 0;         ///< filters that a network asks for to attain it
  double network_objective = 0.0;  ///< of a network of the run's form with at most its number of filters
  /// decay: the share of what splitting costs, before training, that atoms near t = 0 account for.
  double share_at_zero = 0.0;
  std::vector<double> predictions;  ///< of this rank's patches, by the atoms
  std::vector<double> filters;      ///< of the atoms and of that network (n, d)
};

/// Solves the program of the problem's form from these atoms, until its estimated gap is at most
/// certify.tolerance or certify.rounds are used up, and builds a network of at most problem.filters() filters
/// from it. Collective; the same on any grid.
NetworkSolution solve_network(const Config& config, const Problem<double>& problem, const Atoms& start);

}  // namespace zerogap
