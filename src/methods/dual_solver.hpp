// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "methods/network_trainer.hpp"

namespace zerogap {

/// The dual network moved by a solver, newton or fista, from these weights: a step of the solver is an epoch.
/// A solve ends when its certified gap reaches run.stop.gap (half of it with hard constraints), or when what
/// is left to gain is below rounding. The training loop decides what follows.
template <class T>
std::unique_ptr<NetworkTrainer<T>> make_dual_solver(const Config& config, const Problem<T>& problem,
                                                    std::vector<T> w, std::vector<T> w_prime);

/// Lines about the last step of newton, given the number of training patches and the elapsed seconds; none
/// for other methods and before the first step.
template <class T>
std::vector<std::string> describe_solver_step(const NetworkTrainer<T>& trainer, std::int64_t patches,
                                              double seconds);

}  // namespace zerogap
