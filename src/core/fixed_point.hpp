// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace zerogap {

/// Sums that do not depend on the order of their terms: every term is rounded once to a multiple of
/// 2^-shift and added as a 64-bit integer. Integer addition is associative, so ranks, threads and tiles may
/// add in any order and the sum is the same to the last bit.
///
/// `bound` must bound the absolute value of the sum and of each single term (Cauchy-Schwarz does that without
/// a pass over the data); partial sums may wrap, which integer arithmetic undoes. The rounding error of a
/// term is at most bound * 2^-61.
class FixedPoint {
 public:
  FixedPoint() = default;
  explicit FixedPoint(double bound) {
    if (!(bound < std::numeric_limits<double>::infinity()))
      shift_ = 61 - 1024;  // NaN and infinity: no sum means anything
    else if (bound > 0.0)
      shift_ = 61 - std::ilogb(bound);
    if (shift_ > 1000) shift_ = 1000;
    scale_ = std::ldexp(1.0, shift_);
    inverse_ = std::ldexp(1.0, -shift_);
    // With a bound of 0 the terms are 0, or so small that their bound has underflowed.
    rounding_ = bound == 0.0 ? std::numeric_limits<double>::denorm_min() : 0.5 * inverse_;
  }

  double scale() const { return scale_; }
  /// The most that one term's rounding changes a sum by.
  double rounding() const { return rounding_; }
  std::int64_t fixed(double value) const { return std::llrint(value * scale_); }
  double real(std::int64_t sum) const { return static_cast<double>(sum) * inverse_; }

 private:
  int shift_ = 0;
  double scale_ = 1.0;
  double inverse_ = 1.0;
  double rounding_ = 0.5;
};

}  // namespace zerogap
