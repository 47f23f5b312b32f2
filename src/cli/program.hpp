// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "comm/communicator.hpp"
#include "core/error.hpp"

namespace zerogap {

/// A command's work on a world of ranks; returns its exit code.
using Command = std::function<ExitCode(Communicator& world)>;

/// The program's main function: parses the command line, runs the command, returns the exit code.
int run_program(int argc, char** argv);
/// The same with another way to run the command: `run` calls it with a communicator and returns the exit
/// code.
int run_program(int argc, char** argv, const std::function<int(const Command&)>& run);

/// Runs `body` on the world of ranks (MPI if mpirun or srun started the process, otherwise one rank) and
/// turns what it throws into one message and an exit status. With several ranks, a failure ends all of them
/// by MPI_Abort, so that none waits forever.
int run_guarded(int argc, char** argv, const Command& body);

/// To be called in a catch (...) handler: the exit code and the message of the current exception.
ExitCode describe_failure(std::string& message);

}  // namespace zerogap
