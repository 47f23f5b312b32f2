// SPDX-License-Identifier: Apache-2.0
// zerogap() of the tests that are about processes: it starts the program.

#include "program/process.hpp"

namespace zerogap::test {

Ended zerogap(const std::vector<std::string>& arguments, int ranks,
              const std::vector<std::string>& environment) {
  return Process(command_line(arguments, ranks), environment).wait();
}

}  // namespace zerogap::test
