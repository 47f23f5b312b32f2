// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "train/loop_state.hpp"

namespace zerogap {

/// If the schedule changes blocks, sets the blocks of the next program and the solver's weights on them.
/// False if a search was made and leads to no further program. Collective.
template <class T>
bool change_blocks(LoopState<T>& state, const ProgramChange& change);

/// At the end of a run that changes its blocks, records and logs the certificate over all blocks, for d = 1
/// and 2. Collective.
template <class T>
void certify_over_all_blocks(LoopState<T>& state);

}  // namespace zerogap
