// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "config/config.hpp"
#include "model/program_parameters.hpp"
#include "problem/instance.hpp"

namespace zerogap {

/// This rank's share of the vectors g_j of the sampled blocks.
template <class T>
struct Blocks {
  std::int64_t total = 0;    ///< P, after dropping dead ones
  int length = 0;            ///< d
  Range share;               ///< of the blocks
  std::vector<T> g;          ///< (share.count(), d)
  std::int64_t dead = 0;     ///< blocks whose gate is zero on every training patch, including dropped ones
  std::int64_t dropped = 0;  ///< blocks left out by arrangements.drop_dead
};

/// One program on an instance: its parameters, its blocks, the width of the primal network, and what follows
/// from the gates. It is a value: to change the program, make a new one and replace it.
template <class T>
struct Program {
  ProgramParameters parameters;  ///< beta is absolute
  Blocks<T> blocks;
  std::int64_t filters = 0;  ///< K
  NetworkForm form = NetworkForm::decay;
  Constraints constraints = Constraints::hinge;
  BetaUnits beta_units = BetaUnits::absolute;  ///< units of the parameters of with_parameters()

  bool hard() const { return constraints == Constraints::hard; }
};

/// What a checkpoint or a file of weights provides to the problem in which it is evaluated.
struct Given {
  std::vector<double> blocks = {};  ///< g of all blocks (P, d); empty: sampled as configured
  std::int64_t filters = -1;        ///< K; -1: as configured
  /// The normalisation of pixels if data.normalise is set; none: measured on the training images.
  std::optional<Normalisation> normalisation = std::nullopt;
};

/// The first program of a run. With arrangements.drop_dead, blocks that are dead for every lambda of the run
/// are dropped. Throws Error: exit 2 if no block is left or beta would be 0, exit 3 if a file has no fitting
/// blocks. Collective over the grid, like the other two.
template <class T>
Program<T> first_program(const Config& config, const Instance<T>& instance, const Given& given);

/// The same blocks with other parameters, beta in units of program.beta_units, which may be beta_max = max_j
/// |Y'Q_j x|, above which the optimum for rho = 0 is zero.
template <class T>
Program<T> with_parameters(const Instance<T>& instance, Program<T> program,
                           const ProgramParameters& parameters);

/// The same program with another beta, absolute whatever program.beta_units is: that of a run whose beta_max
/// was measured on blocks that it has changed since.
template <class T>
Program<T> with_absolute_beta(Program<T> program, double beta) {
  program.parameters.beta = beta;
  return program;
}

/// The same parameters on other blocks; `all` holds the vectors of all of them, (P, d).
template <class T>
Program<T> with_blocks(const Instance<T>& instance, Program<T> program, const std::vector<double>& all);

}  // namespace zerogap
