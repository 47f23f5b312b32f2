// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

/// What this process is doing right now, in words, for whoever finds it standing still. One thread works and
/// tells; any thread may ask.
namespace zerogap::activity {

/// A piece of work begins: "step 12 of the dual".
void begin(std::string work);
/// A part of it, until the next part or the next piece: "summing the gradient". A literal: the pointer is
/// kept.
void part(const char* name);

/// "step 12 of the dual, summing the gradient".
std::string now();
/// Grows with every begin and part: who finds the same number twice has seen no progress between.
std::uint64_t count();

}  // namespace zerogap::activity
