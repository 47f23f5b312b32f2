// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "problem/problem.hpp"

namespace zerogap {

/// Rank 0 logs data, networks, parameters, ranks, and warnings about each before the first step.
template <class T>
void log_problem(const Config& config, const Problem<T>& problem);

/// Logs the Slurm job and how often it was requeued; nothing outside Slurm.
void log_job();

}  // namespace zerogap
