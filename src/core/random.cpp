// SPDX-License-Identifier: Apache-2.0
#include "core/random.hpp"

#include <cmath>
#include <numbers>

#include "core/philox.hpp"

namespace zerogap {
namespace {

struct Pair {
  std::uint64_t first, second;
};

/// 128 bits for (seed, use, index, block). The 128-bit counter holds index, block and use; the key the seed.
Pair philox(std::uint64_t seed, RandomUse use, std::uint64_t index, std::uint32_t block) {
  const auto r = philox4x32({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32),
                             block, static_cast<std::uint32_t>(use)},
                            {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  return {(std::uint64_t{r[1]} << 32) | r[0], (std::uint64_t{r[3]} << 32) | r[2]};
}

/// The middle of one of 2^53 equal cells of (0, 1).
double unit(std::uint64_t bits) { return (static_cast<double>(bits >> 11) + 0.5) * 0x1p-53; }

struct NormalPair {
  double first, second;
};

NormalPair box_muller(Pair p) {
  const double radius = std::sqrt(-2.0 * std::log(unit(p.first)));
  const double angle = 2.0 * std::numbers::pi * unit(p.second);
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

}  // namespace

std::uint64_t Random::bits(std::uint64_t index, std::uint32_t k) const {
  const Pair p = philox(seed_, use_, index, k / 2);
  return k % 2 == 0 ? p.first : p.second;
}

double Random::uniform(std::uint64_t index, std::uint32_t k) const { return unit(bits(index, k)); }

double Random::normal(std::uint64_t index, std::uint32_t k) const {
  const NormalPair p = box_muller(philox(seed_, use_, index, k / 2));
  return k % 2 == 0 ? p.first : p.second;
}

void Random::normals(std::uint64_t index, std::span<double> out) const {
  for (std::size_t k = 0; k < out.size(); k += 2) {
    const NormalPair p = box_muller(philox(seed_, use_, index, static_cast<std::uint32_t>(k / 2)));
    out[k] = p.first;
    if (k + 1 < out.size()) out[k + 1] = p.second;
  }
}

}  // namespace zerogap
