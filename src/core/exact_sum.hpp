// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace zerogap {

/// A sum of doubles >= 0 without any rounding, so that it does not depend on the order of its terms nor on
/// where they were added: a fixed-point number of 2112 bits, in words of 32 bits each whose carries are
/// deferred until value() is called. Unlike FixedPoint it needs no bound in advance, so ranks can form a sum
/// in one message by adding their words as integers. At most 2^30 terms in all.
class ExactSum {
 public:
  /// Word k counts multiples of 2^(32k - 1074); the last one counts terms that are infinite or NaN.
  static constexpr int words = 67;

  void add(double term);
  void add(const ExactSum& other);
  /// The double that is nearest to the sum; infinite if it is too large or a term was not finite.
  double value() const;

  std::span<std::int64_t, words> span() { return words_; }
  std::span<const std::int64_t, words> span() const { return words_; }

 private:
  std::array<std::int64_t, words> words_{};
};

/// What a finite double >= 0 adds to an ExactSum: `parts[i]` to word `first` + i.
struct ExactTerm {
  int first;
  std::int64_t parts[3];

  /// From the double's bits, on the CPU and on GPUs.
#ifdef __CUDACC__
  __host__ __device__
#endif
      static constexpr ExactTerm
      of(std::int64_t bits) {
    const std::int64_t exponent = bits >> 52, fraction = bits & ((std::int64_t{1} << 52) - 1),
                       mantissa = exponent > 0 ? fraction | (std::int64_t{1} << 52) : fraction,
                       position = exponent > 0 ? exponent - 1 : 0, mask = 0xffffffff;
    const int shift = static_cast<int>(position % 32);
    const std::int64_t low = (mantissa & mask) << shift, high = (mantissa >> 32) << shift;
    return {static_cast<int>(position / 32), {low & mask, (low >> 32) + (high & mask), high >> 32}};
  }
  /// Whether these are the bits of a finite double >= 0.
#ifdef __CUDACC__
  __host__ __device__
#endif
      static constexpr bool
      fits(std::int64_t bits) {
    return bits >= 0 && (bits >> 52) < 0x7ff;
  }
};

}  // namespace zerogap
