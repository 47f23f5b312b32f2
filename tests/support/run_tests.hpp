// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace zerogap::test {

/// A test program's exit code where every test was skipped.
constexpr int all_skipped = 77;

/// Runs every test that GoogleTest's arguments name, as one of `size` ranks that run the same ones: reports
/// skipped tests and the failures of any rank, and ends all ranks where one leaves a test early. The exit
/// code of this rank: 0 passed, 1 failed or nothing ran, 77 all skipped.
int run_tests(int rank, int size);

}  // namespace zerogap::test
