// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "methods/program_record.hpp"
#include "methods/split_network.hpp"

namespace zerogap {

/// A network and its objective.
struct ValuedNetwork {
  SplitNetwork network = {};
  double value = 0.0;

  /// Takes another one if that is better.
  void keep_better(SplitNetwork other, double its_value) {
    if (!(its_value < value)) return;
    network = std::move(other);
    value = its_value;
  }
};

/// What the next round of a network's program depends on, and what is to be said of it at the end.
struct ProgramState {
  Atoms atoms = {};
  double ratio = 1e300;      ///< the greatest |z'tau| that the last search found, over 2 beta
  double objective = 0.0;    ///< of the atoms at the last search
  double lower_bound = 0.0;  ///< estimated from that search
  SearchTrust trust = {};    ///< of that search
  ProgramEnd atoms_end = ProgramEnd::running;
  ProgramEnd end = ProgramEnd::running;  ///< of all

  bool made = false;             ///< whether there is a best network, which may be the zero network
  ValuedNetwork best = {};       ///< so far, of the problem's form and filters; at first a given one
  ValuedNetwork candidate = {};  ///< of the last atoms, while it is improved and not the best
  double price = 0.0;            ///< of SplitRecord, for the last one made
  std::int64_t wanted = 0;       ///< filters that the atoms ask for
  bool improved = false;         ///< whether one was improved
  std::int64_t idle = 0;         ///< times in a row that a network was hardly improved
  double pairs = 0.0;            ///< of a patch and a filter, in rounds since one was last improved

  std::vector<double> numbers() const;
  /// Throws Error (exit 3) if these are not a program's numbers for patches of this length.
  static ProgramState from(std::span<const double> numbers, int length);
};

}  // namespace zerogap
