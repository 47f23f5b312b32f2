// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace zerogap {

/// NumPy's .npz: an uncompressed zip archive with one .npy for each array, all of doubles in C order. The
/// bytes are a function of the contents.
class NpzArchive {
 public:
  /// `shape` empty: a scalar.
  void add(const std::string& name, const std::vector<std::int64_t>& shape, std::span<const double> values);
  /// The complete archive. Error (exit 3) from 4 GiB on, the limit of this zip format.
  std::string bytes() const;

 private:
  std::string entries_, directory_;
  int count_ = 0;
};

}  // namespace zerogap
