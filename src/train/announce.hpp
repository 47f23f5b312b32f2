// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "problem/problem.hpp"

namespace zerogap {

/// What rank 0 logs before the first step: data, networks, parameters, ranks, and warnings about each.
template <class T>
void log_problem(const Config& config, const Problem<T>& problem);

/// Where Slurm runs this, and how often it has been requeued; nothing elsewhere.
void log_job();

}  // namespace zerogap
