// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <limits>

namespace zerogap {

// What is claimed of a lower bound, as a type (docs/style.md, Claims). There is no conversion between the two
// types, and none from a plain number.

/// A lower bound on an optimum that is proved, with every rounding in double precision allowed for.
class Certificate {
 public:
  /// No bound: minus infinity.
  constexpr Certificate() = default;
  /// For a value that was proved by bounds/lagrangian_bound.hpp, possibly before it was stored or sent and
  /// read back.
  static constexpr Certificate proved(double value) { return Certificate(value); }

  constexpr double value() const { return value_; }
  constexpr auto operator<=>(const Certificate&) const = default;

 private:
  constexpr explicit Certificate(double value) : value_(value) {}

  double value_ = -std::numeric_limits<double>::infinity();
};

/// What the lower bound would be if the search missed nothing. It proves nothing.
class Estimate {
 public:
  /// None: minus infinity.
  constexpr Estimate() = default;
  constexpr explicit Estimate(double value) : value_(value) {}

  constexpr double value() const { return value_; }
  constexpr auto operator<=>(const Estimate&) const = default;

 private:
  double value_ = -std::numeric_limits<double>::infinity();
};

}  // namespace zerogap
