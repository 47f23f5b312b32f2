// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace zerogap::test {

/// What a rank brings to a sum: 64 bits of noise, so that sums wrap and any wrong bit shows.
inline std::vector<std::int64_t> terms(int rank, std::size_t size) {
  std::vector<std::int64_t> values(size);
  std::uint64_t state = 0x9e3779b97f4a7c15U * static_cast<std::uint64_t>(rank + 1);
  for (auto& value : values) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    value = static_cast<std::int64_t>(state ^ (state >> 29));
  }
  return values;
}

/// The sums, modulo 2^64, of the terms of ranks first, first + 1, ...
inline std::vector<std::int64_t> sums_of(int ranks, std::size_t size, int first = 0) {
  std::vector<std::int64_t> sums(size);
  for (int rank = first; rank < first + ranks; ++rank) {
    const auto more = terms(rank, size);
    for (std::size_t k = 0; k < size; ++k)
      sums[k] = static_cast<std::int64_t>(static_cast<std::uint64_t>(sums[k]) +
                                          static_cast<std::uint64_t>(more[k]));
  }
  return sums;
}

}  // namespace zerogap::test
