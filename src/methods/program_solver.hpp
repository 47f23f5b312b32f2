// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

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
/// the problem has filters, networks are made of them now and then, of which the best is kept and improved
/// when the atoms are done (theory.md, section 12). A step is a pure function of the state and its number.
/// Collective; the same on any grid.
template <class T>
class ProgramSolver {
 public:
  ProgramSolver(const Problem<T>& problem, const ProgramOptions& options);

  /// Step `number`, from 0.
  ProgramStep step(ProgramState& state, std::int64_t number);
  /// What is to be logged of the last step. `steps`: done; `seconds`: since the solver began.
  std::string describe(const ProgramState& state, std::int64_t steps, double seconds) const;
  NetworkProgramRecord record(const ProgramState& state) const;

 private:
  /// Whether step `number` is a round on the atoms.
  bool on_atoms(const ProgramState& state, std::int64_t number) const;
  bool network_follows(const ProgramState& state) const;
  /// The number of rounds at which the atoms have to be done.
  std::int64_t last_on_atoms(const ProgramState& state) const;
  bool close_enough(const ProgramState& state, double objective, Estimate lower_bound) const;
  ProgramStep solve(ProgramState& state, std::int64_t number);
  ProgramStep take_network(ProgramState& state);
  void start(ProgramState& state);
  ValuedNetwork network_at_once(ProgramState& state);
  bool due(const ProgramState& state) const;
  double polish_pairs(std::int64_t filters) const;
  bool reached(const ProgramState& state) const;
  void make_narrower(ProgramState& state);
  double improve(ValuedNetwork& best, SplitNetwork start);
  double improve_network(const ProgramState& state, ValuedNetwork& best);
  ProgramStep train_network(ProgramState& state);

  ProgramOptions options_;
  bool decay_;
  const Problem<T>* problem_;
  PrimalObjective<T> objective_;
  NetworkProgram<T> program_;
  ProgramRound round_ = {};
};

}  // namespace zerogap
