// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "data/hdf5_file.hpp"
#include "data/source.hpp"

namespace zerogap {

/// Patches given directly instead of as images: `patches` (I, d) and `target` (I) of an HDF5 file, or of its
/// group `test`.
class PatchList {
 public:
  /// Returns nothing if the file holds images. The test part of a list of patches without a group `test` is
  /// empty. Throws Error (exit 3) for a file that cannot be read and for shapes that do not fit.
  static std::optional<PatchList> open(const std::string& path, Part part);

  std::int64_t patches() const { return patches_; }  ///< I
  int length() const { return length_; }             ///< d
  std::string name() const { return "HDF5 file " + file_.path(); }

  /// Announces the patches that read() will be called for, in order.
  void expect(Range patches) const;
  /// Reads patches [first, first + target.size()) into patches (rows, d) and target (rows).
  void read(std::int64_t first, std::span<double> patches, std::span<double> target) const;

 private:
  explicit PatchList(Hdf5Arrays file) : file_(std::move(file)) {}

  Hdf5Arrays file_;
  std::string group_;  ///< "" or "test/"
  std::int64_t patches_ = 0;
  int length_ = 0;
};

/// How many consecutive patches form one logical image for sharing, batching and tiling. Depends on I only.
std::int64_t patch_group_width(std::int64_t patches);

}  // namespace zerogap
