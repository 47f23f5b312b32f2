// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

namespace zerogap::test {

/// How a process ended that was to be killed at one of the stops of its system calls.
struct Traced {
  bool killed = false;
  long stops = 0;                    ///< that it came to: two a call, before and after
  std::map<std::string, int> calls;  ///< those; by number where they change no file
  std::string failure;               ///< why it could not be traced; empty if it was
};

/// Runs `action` in a process of its own and ends it by SIGKILL at its stop number `at` (from 0): even ones
/// lie before a system call, which then does not happen, odd ones right after it. For `at` beyond the last
/// stop it comes to its end. Only calls of these names count; all do where `counted` is empty.
Traced kill_at_stop(const std::function<void()>& action, long at, const std::set<std::string>& counted = {});

}  // namespace zerogap::test
