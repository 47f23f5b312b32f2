// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "comm/communicator.hpp"
#include "core/error.hpp"

namespace zerogap {

/// What a command does on a world of ranks, with its exit code.
using CommandBody = std::function<ExitCode(Communicator& world)>;

/// The whole program: parses the command line, runs the command, returns the exit code.
int run_program(int argc, char** argv);
/// The same where `run` gives the command its ranks, and turns what it throws into an exit code.
int run_program(int argc, char** argv, const std::function<int(const CommandBody&)>& run);

/// Runs `body` on the world of ranks (MPI where mpirun or srun started the process, otherwise one rank) and
/// turns what it throws into one message and an exit status. When several ranks run, a failure ends all of
/// them: MPI_Abort, so that none waits for ever.
int run_guarded(int argc, char** argv, const CommandBody& body);

/// For a handler that catches everything: the exit code and the message of what it has caught.
ExitCode describe_failure(std::string& message);

}  // namespace zerogap
