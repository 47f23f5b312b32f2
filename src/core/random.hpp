// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace zerogap {

/// What a random number is used for. It is part of the key, so no two uses share a number.
enum class RandomUse : std::uint32_t {
  noise = 1,
  selection = 2,
  arrangement = 3,
  initial = 4,
  batch = 5,
  digits = 6,
  svrg = 7,
  sample = 8,
  search = 9,
  pricing = 10
};

/// Counter-based random numbers (Philox4x32-10): the k-th number of item `index` for one use is a pure
/// function of (seed, use, index, k). No state is kept, so image i's noise or arrangement j is the same on
/// any number of ranks and after any resume.
class Random {
 public:
  Random(std::uint64_t seed, RandomUse use) : seed_(seed), use_(use) {}

  /// 64 uniform bits.
  std::uint64_t bits(std::uint64_t index, std::uint32_t k) const;
  /// Uniform in (0, 1), 53 bits, never 0 or 1.
  double uniform(std::uint64_t index, std::uint32_t k) const;
  /// N(0, 1), by Box and Muller; k and k ^ 1 share one pair of uniforms.
  double normal(std::uint64_t index, std::uint32_t k) const;
  /// Fills out[k] = normal(index, k).
  void normals(std::uint64_t index, std::span<double> out) const;

 private:
  std::uint64_t seed_;
  RandomUse use_;
};

}  // namespace zerogap
