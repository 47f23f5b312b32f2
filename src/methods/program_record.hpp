// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/claim.hpp"
#include "search/search_trust.hpp"

namespace zerogap {

/// Thresholds below this share of the longest patch leave it nearly unchanged.
constexpr double near_zero = 1e-3;

/// Why a network's program ended.
enum class ProgramEnd {
  running,
  gap,      ///< the estimated gap is at most the one wanted, as far as a thorough search found
  nothing,  ///< a thorough search found no filter worth adding
  rounds,   ///< optimizer.primal.epochs were used up
  rest,     ///< the last rounds on a network made of the atoms gained next to nothing
};
/// The name in result.json.
const char* name_of(ProgramEnd end);

/// The network that was made of a program's atoms: decay, or fewer filters than atoms.
struct SplitRecord {
  double price = 0.0;         ///< objective of K filters made of the atoms at once, in excess of theirs
  std::int64_t wanted = 0;    ///< filters that the atoms ask for
  std::int64_t filters = 0;   ///< K of the network
  std::int64_t distinct = 0;  ///< different ones among them
  double objective = 0.0;     ///< after training
};

/// A network's convex program (theory.md, section 12) at the last search.
struct NetworkProgramRecord {
  ProgramEnd end = ProgramEnd::running;
  double objective = 0.0;     ///< of the atoms; decay: of the product form
  Estimate lower_bound = {};  ///< for any number of filters
  SearchTrust trust = {};     ///< of the search that it rests on
  std::int64_t atoms = 0;
  double mass = 0.0;          ///< of all atoms
  double mass_at_zero = 0.0;  ///< of those with t below near_zero times the longest patch: nearly linear
  std::optional<SplitRecord> split = {};

  double gap() const;        ///< estimated, of `objective`
  double split_gap() const;  ///< estimated, of the split network's; there must be one
};

}  // namespace zerogap
