// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace zerogap {

/// Height and width in pixels.
inline constexpr int kDigitSide = 28;

/// Which digit image `key` shows, 0 to 9, uniformly.
int digit_of(std::uint64_t key);

/// Draws a digit that looks handwritten: built-in strokes, randomly bent, slanted, rotated, scaled and
/// shifted, with a pen of random width and a soft edge. out: 28 * 28 values in [0, 1], ink is 1. A pure
/// function of `key`.
void draw_digit(std::uint64_t key, std::span<double> out);

}  // namespace zerogap
