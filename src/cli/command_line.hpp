// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace zerogap {

/// The words of a command line after the program's name.
using Words = std::vector<std::string>;

/// The words as passed to CLI11, which would read a file name [a,b] among several as a list, but not ./[a,b].
Words protected_words(const CLI::App& app, Words words);

/// A message about an option or argument that is given but empty, as when a shell variable is not set. Empty
/// if there is none. To be called once `app` has parsed, whether or not that succeeded.
std::string empty_argument(const CLI::App& app, const Words& words);

/// The message about a command line that CLI11 rejects, with the command or option that was probably meant.
std::string parse_error_text(const CLI::App& app, const CLI::ParseError& error, const Words& words);

}  // namespace zerogap
