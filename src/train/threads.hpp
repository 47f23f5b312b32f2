#pragma once

#include <cstdint>

#include "comm/communicator.hpp"

namespace zerogap {

/// Threads of this rank: as asked, or (0) its fair share of the cores it may use. Warns where more threads
/// were asked for than there are cores for them. Collective.
int threads_for(std::int64_t wanted, Communicator& world);

}  // namespace zerogap
