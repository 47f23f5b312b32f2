// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "methods/network_trainer.hpp"

namespace zerogap {

/// The primal network as its convex program's solution (optimizer.primal.name frank_wolfe): an epoch is a
/// round of methods/network_program.hpp. `start`: filters to begin with, all K of them; null: none.
template <class T>
std::unique_ptr<NetworkTrainer<T>> make_network_program_trainer(const Config& config,
                                                                const Problem<T>& problem,
                                                                const Filters* start);

}  // namespace zerogap
