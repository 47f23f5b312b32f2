// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "methods/network_program.hpp"
#include "methods/program_state.hpp"

namespace zerogap {

/// How a network's program is solved.
struct ProgramOptions {
  double wanted_gap = 0.0;   ///< estimated, relative, at which to end; 0: none
  std::int64_t rounds = 0;   ///< at most
  SearchEffort effort = {};  ///< of a round's search near the end
};

/// What a step of the solver did.
struct ProgramStep {
  double pairs = 0.0;     ///< of a patch and a filter, forward and backward
  bool finished = false;  ///< there is nothing left to do
};

/// Solves the program of a network over filters of any number. For decay, and where there are more atoms than
/// the problem has filters, it then builds a network from them and improves it (theory.md, section 12). A
/// step is a pure function of the state and its number. Collective; the same on any grid.
template <class T>
class ProgramSolver {
 public:
  ProgramSolver(const Problem<T>& problem, const ProgramOptions& options);

  /// Step `number`, from 0.
  ProgramStep step(ProgramState& state, std::int64_t number);
  /// The last round on the atoms.
  const ProgramRound& last_round() const { return round_; }
  NetworkProgramRecord record(const ProgramState& state) const;

 private:
  ProgramStep solve(ProgramState& state, std::int64_t number);
  void start_network(ProgramState& state);
  ProgramStep train_network(ProgramState& state);

  ProgramOptions options_;
  bool decay_;
  const Problem<T>* problem_;
  PrimalObjective<T> objective_;
  NetworkProgram<T> program_;
  ProgramRound round_ = {};
};

}  // namespace zerogap
