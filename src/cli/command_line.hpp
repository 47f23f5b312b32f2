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

/// The words as CLI11 is to have them: a name [a,b] of a file among several would be a list to it, ./[a,b] is
/// none.
Words protected_words(const CLI::App& app, Words words);

/// What is wrong with a command line that CLI11 understands or not: an option or argument that is there and
/// empty, as a variable that is not set leaves it. Empty where there is none. To be called once `app` has
/// parsed.
std::string empty_argument(const CLI::App& app, const Words& words);

/// The house's words for what CLI11 does not understand, with the command or option that was probably meant.
std::string parse_error_text(const CLI::App& app, const CLI::ParseError& error, const Words& words);

}  // namespace zerogap
