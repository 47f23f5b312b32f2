// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace zerogap {

/// How a program came to its end.
struct ProcessEnd {
  int exit_code = 0;
  int signal = 0;  ///< that ended it; 0: it exited by itself
};

/// Runs the program words[0], a path, with the other words as arguments and waits for its end. It shares this
/// process's standard streams and environment; signals that this program ignores have their usual meanings.
/// Throws std::system_error where it cannot be started.
ProcessEnd run_process(std::vector<std::string> words);

}  // namespace zerogap
