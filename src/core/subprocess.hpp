// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace zerogap {

/// How a program ended.
struct ProcessEnd {
  int exit_code = 0;
  int signal = 0;  ///< the signal that ended it; 0 if it exited by itself
};

/// Runs the program words[0], a path, with the other words as arguments and waits for it. It shares this
/// process's standard streams and environment; signals that this process ignores have their default action.
/// Throws std::system_error if it cannot be started.
ProcessEnd run_process(std::vector<std::string> words);

}  // namespace zerogap
