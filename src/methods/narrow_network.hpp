// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "methods/split_network.hpp"

namespace zerogap {

/// The objective of a network with copies, of the problem's form; only decay has copies other than 1.
/// Collective; the same on any grid.
template <class T>
double value_of(const Problem<T>& problem, PrimalObjective<T>& objective, const SplitNetwork& network);

/// Improves it by limited-memory BFGS on its distinct filters, for at most `steps` steps. Returns its
/// objective. Collective; the same on any grid.
template <class T>
double polish(const Problem<T>& problem, PrimalObjective<T>& objective, SplitNetwork& network,
              std::int64_t steps);

/// `filters` filters drawn like the start of a trained network (theory.md, section 2): init.kind
/// kaiming_uniform with this seed.
SplitNetwork random_network(int length, std::int64_t filters, std::uint64_t seed);

/// A network with at most `most` filters from one with more: again and again three in ten are taken away, the
/// lightest (decay: copies first, where that costs least), and the others are improved, for decay as filters
/// of their own and not as copies. Taking them all away at once would leave a far worse network. Collective;
/// the same on any grid.
template <class T>
SplitNetwork narrowed(const Problem<T>& problem, PrimalObjective<T>& objective, SplitNetwork network,
                      std::int64_t most);

}  // namespace zerogap
