// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/program.hpp"

namespace CLI {
class App;
}

namespace zerogap {

/// `zerogap data`: describes, exports and shows the data that a configuration selects.
void add_data(CLI::App& app, Command& run);

/// `zerogap certify`: bounds of the primal networks and a verdict.
void add_certify(CLI::App& app, Command& run);

/// `zerogap sweep`, `status` and `collect`.
void add_sweep(CLI::App& app, Command& run);

/// `zerogap report`: starts launch/report, which makes the page.
void add_report(CLI::App& app, Command& run);

/// `zerogap denoise` and `export`.
void add_use(CLI::App& app, Command& run);

/// `zerogap doctor`: what is installed and works.
void add_doctor(CLI::App& app, Command& run);

/// `zerogap completion` and `man`, generated from the commands of `app` when they run.
void add_descriptions(CLI::App& app, Command& run);

/// A line for --version: the SIMD target that the cpu kernels use on this machine.
std::string describe_kernels();

}  // namespace zerogap
