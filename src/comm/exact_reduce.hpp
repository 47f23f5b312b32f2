// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "comm/communicator.hpp"
#include "core/fixed_point.hpp"

namespace zerogap {

// Sums over ranks that do not depend on the order of their terms (theory.md, section 15): a bound on the
// terms gives the scale, terms are added as integers here and over the ranks, and the sum becomes a real
// number.

/// Sum of `total` terms on all ranks together, each of modulus at most `largest`.
class ExactReduction {
 public:
  ExactReduction(double largest, double total) : scale_(largest * total) {}

  void add(double term) { sum_ += scale_.fixed(term); }
  /// The sum over all ranks; one message. Collective over the axis.
  double over(Communicator& axis) const { return scale_.real(axis.sum(sum_)); }

 private:
  FixedPoint scale_;
  std::int64_t sum_ = 0;
};

/// The greatest |term(i)|, i < count, over all ranks; 0 without terms. Collective over the axis.
template <class Term>
double largest_term(Communicator& axis, std::size_t count, Term term) {
  double largest = 0.0;
  for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, std::abs(term(i)));
  return axis.max(largest);
}

/// Sum over all ranks of term(i), i < count on this rank. Collective over the axis.
template <class Term>
double exact_sum(Communicator& axis, double largest, double total, std::size_t count, Term term) {
  ExactReduction sum(largest, total);
  for (std::size_t i = 0; i < count; ++i) sum.add(term(i));
  return sum.over(axis);
}

}  // namespace zerogap
