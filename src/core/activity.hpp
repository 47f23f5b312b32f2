// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

/// What this process is doing, in words, for reports about a process that hangs. One thread calls begin() and
/// part(); any thread may call now() and count().
namespace zerogap::activity {

/// Names the piece of work that begins: "step 12 of the dual".
void begin(std::string work);
/// Names a part of it, until the next part or piece of work: "summing the gradient". `name` must be a
/// literal, since the pointer is kept.
void part(const char* name);

/// Returns both: "step 12 of the dual, summing the gradient".
std::string now();
/// Grows with every begin() and part(): an unchanged number means that there was no progress.
std::uint64_t count();

}  // namespace zerogap::activity
