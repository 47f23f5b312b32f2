// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
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

/// Every rank's values one after another, on every rank. Collective.
inline std::vector<double> concatenate(Communicator& axis, const std::vector<double>& mine) {
  const std::string bytes(reinterpret_cast<const char*>(mine.data()), mine.size() * sizeof(double));
  std::vector<double> all;
  for (const auto& text : axis.gather(bytes)) {
    const std::size_t before = all.size();
    all.resize(before + text.size() / sizeof(double));
    std::memcpy(all.data() + before, text.data(), text.size());
  }
  return all;
}

}  // namespace zerogap
