// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "comm/communicator.hpp"
#include "core/error.hpp"

namespace zerogap {

/// The whole program: parses the command line, runs the command, returns the exit code.
int run_program(int argc, char** argv);

/// Runs `body` on the world of ranks (MPI where mpirun or srun started the process, otherwise one rank) and
/// turns what it throws into one message and an exit status. When several ranks run, a failure ends all of
/// them: MPI_Abort, so that none waits for ever.
int run_guarded(int argc, char** argv, const std::function<ExitCode(Communicator& world)>& body);

}  // namespace zerogap
