// SPDX-License-Identifier: Apache-2.0
#include "core/exact_sum.hpp"

#include <bit>
#include <cmath>
#include <limits>

namespace zerogap {

void ExactSum::add(double term) {
  const auto bits = std::bit_cast<std::int64_t>(term + 0.0);  // -0 is 0
  if (!ExactTerm::fits(bits)) {
    ++words_.back();
    return;
  }
  const auto at = ExactTerm::of(bits);
  for (int i = 0; i < 3; ++i) words_[static_cast<std::size_t>(at.first + i)] += at.parts[i];
}

void ExactSum::add(const ExactSum& other) {
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] += other.words_[i];
}

double ExactSum::value() const {
  if (words_.back() != 0) return std::numeric_limits<double>::infinity();
  std::array<std::uint64_t, words + 1> digits{};  // base 2^32
  std::int64_t carry = 0;
  for (std::size_t i = 0; i + 1 < words; ++i) {
    carry += words_[i];
    digits[i] = static_cast<std::uint64_t>(carry & 0xffffffff);
    carry >>= 32;
  }
  digits[words - 1] = static_cast<std::uint64_t>(carry);
  auto top = static_cast<int>(digits.size()) - 1;
  while (top > 1 && digits[static_cast<std::size_t>(top)] == 0) --top;
  // The leading 64 bits, the last of them set if any lower bit is: this rounds once, and to nearest.
  const auto digit = [&](int i) { return i < 0 ? 0 : digits[static_cast<std::size_t>(i)]; };
  std::uint64_t leading = digit(top) << 32 | digit(top - 1), below = digit(top - 2);
  int exponent = 32 * (top - 1) - 1074;
  const int shift = leading == 0 ? 0 : std::countl_zero(leading);
  if (shift > 0 && shift <= 32) {
    leading = leading << shift | below >> (32 - shift);
    below = below << shift & 0xffffffff;
    exponent -= shift;
  }
  for (int i = top - 3; i >= 0; --i) below |= digit(i);
  return std::ldexp(static_cast<double>(leading | (below != 0 ? 1 : 0)), exponent);
}

}  // namespace zerogap
