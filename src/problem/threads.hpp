// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "comm/communicator.hpp"

namespace zerogap {

/// The number of threads of a rank, and the reason: "all 8 cores", "OMP_NUM_THREADS".
struct Threads {
  int count = 1;
  std::string why;
};

/// At most as many as the environment allows: OMP_NUM_THREADS (its first number), then OMP_THREAD_LIMIT.
/// Values that OpenMP would not accept as a number are ignored.
Threads within_environment(Threads threads);

/// Threads of this rank: as configured, or (0) its fair share of the cores it may use, and at most
/// OMP_NUM_THREADS. Warns if more threads are configured than there are cores for them, or than
/// OMP_THREAD_LIMIT allows. Collective.
Threads threads_per_rank(std::int64_t wanted, Communicator& world);

}  // namespace zerogap
