// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "train/loop_state.hpp"

namespace zerogap {

/// Puts the blocks of the next program in place, with the solver's weights on them, where a change of the
/// schedule is one of blocks. False: a search was made, and leads to no program. Collective.
template <class T>
bool change_blocks(LoopState<T>& state, const ProgramChange& change);

/// At the end of a run that changes its blocks: the certificate over all blocks, for d = 1 and 2, into the
/// schedule's records and the log. Collective.
template <class T>
void certify_over_all_blocks(LoopState<T>& state);

}  // namespace zerogap
