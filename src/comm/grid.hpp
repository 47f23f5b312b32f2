// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "comm/communicator.hpp"
#include "comm/share.hpp"

namespace zerogap {

/// Shape of the process grid; 0 means that zerogap chooses.
struct GridShape {
  int patches = 0;
  int arrangements = 0;
};

/// The ranks as a grid, patches x arrangements. Ranks along the patch axis hold different images, ranks along
/// the arrangement axis different blocks (and primal filters) of the same images.
class ProcessGrid {
 public:
  /// world must outlive the grid. The product of the shape must be world.size() (Error, exit 2).
  ProcessGrid(Communicator& world, GridShape shape);

  Communicator& world() const { return *world_; }
  /// Over ranks with the same blocks and different images: gradients are summed here.
  Communicator& patch_axis() const { return *patch_axis_; }
  /// Over ranks with the same images and different blocks: partial predictions are summed here.
  Communicator& arrangement_axis() const { return *arrangement_axis_; }

  Range images(std::int64_t total) const { return share_of(total, patch_axis_->size(), patch_axis_->rank()); }
  Range blocks(std::int64_t total) const {
    return block_share(total, arrangement_axis_->size(), arrangement_axis_->rank());
  }

 private:
  Communicator* world_;
  std::unique_ptr<Communicator> patch_axis_, arrangement_axis_;
};

/// Completes a shape for the given ranks and work so that as many ranks as possible have work. Up to one rank
/// for each image, all ranks lie along the patch axis, where a step sends only the gradients. Surplus ranks
/// go to the arrangement axis, as far as there are block tiles for them.
GridShape complete_grid(GridShape wanted, int ranks, std::int64_t images, std::int64_t blocks);

}  // namespace zerogap
