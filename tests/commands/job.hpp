// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace zerogap::test {

/// On every rank but the first: takes part in the commands that zerogap() (program/process.hpp) runs there,
/// until dismiss_ranks().
void serve_commands();
/// A process that dies in a command writes what the command had written so far to its own stderr.
void keep_last_words();
/// On the first: lets the others end.
void dismiss_ranks();

}  // namespace zerogap::test
