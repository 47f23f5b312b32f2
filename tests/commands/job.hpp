// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace zerogap::test {

/// On every rank but the first: takes part in the commands that zerogap() (program/process.hpp) runs there,
/// until dismiss_ranks().
void serve_commands();
/// On the first: lets the others end.
void dismiss_ranks();

}  // namespace zerogap::test
