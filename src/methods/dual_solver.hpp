// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "methods/network_trainer.hpp"

namespace zerogap {

/// The dual network moved by a solver, newton or fista, from these weights: a step of the solver is an epoch.
/// A program's solution has ended when its certified gap is run.stop.gap (half of it where constraints are
/// hard), or when rounding leaves nothing more to gain. What comes then is the training loop's decision.
template <class T>
std::unique_ptr<NetworkTrainer<T>> make_dual_solver(const Config& config, const Problem<T>& problem,
                                                    std::vector<T> w, std::vector<T> w_prime);

/// Lines about the last step of newton on so many training patches, taken after so many seconds; none for
/// other methods and before the first step.
template <class T>
std::vector<std::string> describe_solver_step(const NetworkTrainer<T>& trainer, std::int64_t patches,
                                              double seconds);

}  // namespace zerogap
