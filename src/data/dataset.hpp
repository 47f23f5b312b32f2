// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "comm/share.hpp"
#include "data/options.hpp"
#include "data/source.hpp"
#include "kernels/patches.hpp"

namespace zerogap {

class DatasetCache;

/// What all ranks know of a set of images (or of a list of patches).
struct DatasetShape {
  std::int64_t images = 0;   ///< N; for a list of patches the number of groups of `width` consecutive patches
  int height = 0;            ///< n; 1 for a list of patches
  int width = 0;             ///< h; patches in a group for a list of patches
  bool patch_list = false;   ///< patches (I,d) and target (I) were given, nothing is cut
  int patch_length = 0;      ///< d of a list of patches; 0 for images
  std::int64_t patches = 0;  ///< I, without what fills up a list's last group
};

/// Pixels are mapped to (value - mean) / deviation when data.normalise is set; identity otherwise.
struct Normalisation {
  double mean = 0.0;
  double deviation = 1.0;
};

/// One rank's share of a data set, in the kernels' precision.
template <class T>
struct Dataset {
  DatasetShape shape;
  Range images;  ///< this rank's images among all
  int side = 0;  ///< m; 0 for a list of patches
  /// Noisy: (images.count(), n + 2p, h + 2p) with a border of p = (m-1)/2 zeros. A list: (groups, width, d),
  /// the last group filled up with zero patches.
  std::vector<T> pixels;
  /// Clean x, (images.count() * n * h) in pixel order. A list: (groups * width), the last group filled up
  /// with zeros.
  std::vector<T> target;
  /// XXH3 over shape, noisy and clean of all ranks as read (in double precision, before normalising) and the
  /// normalisation: the same on any number of ranks, for the same pixels from another kind of file, and,
  /// unless normalised, for any T.
  std::string content_hash;
  std::string origin;  ///< for logs: source and path
  Normalisation normalisation;

  PatchSource<T> source() const;
};

/// Reads, selects, adds noise, normalises, and keeps only this rank's images. Collective over `axis` (the
/// patch axis), the same on every column of the grid. Training images are data.images of the first data.pool
/// by a random selection keyed by data.seed (in increasing order of index, the same for any number of ranks);
/// noise of image i (its index in the source) is keyed by (data.noise.seed, part, i), N(0, sigma^2) a pixel,
/// not clipped. Test images are selected the same way from the complete test part; without one, or with
/// test_images = 0, the set is empty (0 images). See DataOptions for the counts. `side`: m, odd; ignored for
/// a list of patches. `normalisation`: null for the training set, which computes it from the clean pixels
/// (the border stays 0); the training set's for the test set. Throws Error (exit 3) for missing, truncated,
/// wrong-magic, wrong-size or non-finite data, naming the file and what to do; an error of one rank is thrown
/// by all ranks of the axis.
/// `cache`: searched for the same set first; a set that had to be read is added to it. Null: no cache.
template <class T>
Dataset<T> load_dataset(const DataOptions& options, Part part, int side, Communicator& axis,
                        const Normalisation* normalisation, DatasetCache* cache = nullptr);

/// All that is known without reading pixels: for --dry-run and for choosing a process grid. Throws as
/// load_dataset does.
DatasetShape inspect_dataset(const DataOptions& options, Part part);

}  // namespace zerogap
