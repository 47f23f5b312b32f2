// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace zerogap {

/// NumPy's .npz: a zip archive, not compressed, of one .npy an array, all of doubles in C order. The bytes
/// are a function of the contents.
class NpzArchive {
 public:
  /// `shape` empty: a scalar.
  void add(const std::string& name, const std::vector<std::int64_t>& shape, std::span<const double> values);
  /// The whole archive. Error (exit 3) from 4 GiB on, where this kind of zip ends.
  std::string bytes() const;

 private:
  std::string entries_, directory_;
  int count_ = 0;
};

}  // namespace zerogap
