#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "comm/communicator.hpp"
#include "comm/share.hpp"

namespace zerogap {

/// All ranks' rows of a matrix (total, columns) on every rank, this rank's being `share`. Every number has
/// one owner, so the sum of its bits as integers, zero elsewhere, is the number. Collective over the axis.
inline std::vector<double> gather_rows(Communicator& axis, std::span<const double> own, Range share,
                                       std::int64_t total, std::int64_t columns) {
  std::vector<std::int64_t> bits(static_cast<std::size_t>(total * columns));
  for (std::size_t i = 0; i < own.size(); ++i)
    bits[static_cast<std::size_t>(share.first * columns) + i] = std::bit_cast<std::int64_t>(own[i]);
  axis.sum(bits);
  std::vector<double> all(bits.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = std::bit_cast<double>(bits[i]);
  return all;
}

}  // namespace zerogap
