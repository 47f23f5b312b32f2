// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "comm/communicator.hpp"

namespace zerogap {

/// How many threads a rank has, and what decided it: "all 8 cores", "OMP_NUM_THREADS".
struct Threads {
  int count = 1;
  std::string why;
};

/// At most as many as the environment allows: OMP_NUM_THREADS (its first number), then OMP_THREAD_LIMIT. What
/// OpenMP itself would take for no number says nothing here either.
Threads within_environment(Threads threads);

/// Threads of this rank: as asked, or (0) its fair share of the cores it may use, and no more than
/// OMP_NUM_THREADS. Warns where more threads were asked for than there are cores for them, or than
/// OMP_THREAD_LIMIT allows. Collective.
Threads threads_per_rank(std::int64_t wanted, Communicator& world);

}  // namespace zerogap
