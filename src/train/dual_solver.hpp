#pragma once

#include <memory>
#include <vector>

#include "train/trainee.hpp"

namespace zerogap {

/// The dual network moved by a solver, newton or fista, from these weights: a step of the solver is an epoch.
/// It is finished when its certified gap is run.stop.gap, or when rounding leaves nothing more to gain.
template <class T>
std::unique_ptr<Trainee<T>> make_dual_solver(const Config& config, const Problem<T>& problem,
                                             std::vector<T> w, std::vector<T> w_prime);

}  // namespace zerogap
