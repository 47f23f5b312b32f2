// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "comm/communicator.hpp"
#include "core/error.hpp"

namespace CLI {
class App;
}

namespace zerogap {

/// What the parsed command line asks for.
using Command = std::function<ExitCode(Communicator& world)>;

/// `zerogap data`: describe, export and show what a configuration selects.
void add_data(CLI::App& app, Command& run);

/// `zerogap certify`: bounds of the three networks and a verdict.
void add_certify(CLI::App& app, Command& run);

/// `zerogap sweep`, `status` and `collect`.
void add_sweep(CLI::App& app, Command& run);

/// `zerogap report`: starts launch/report, which draws.
void add_report(CLI::App& app, Command& run);

/// `zerogap denoise` and `export`.
void add_use(CLI::App& app, Command& run);

/// `zerogap doctor`: what is installed and works.
void add_doctor(CLI::App& app, Command& run);

/// `zerogap completion` and `man`, made of the commands that `app` has by the time they run.
void add_descriptions(CLI::App& app, Command& run);

/// A line for --version: the SIMD target that the cpu kernels use on this machine.
std::string describe_kernels();

}  // namespace zerogap
