// SPDX-License-Identifier: Apache-2.0
#include "comm/grid.hpp"

#include <algorithm>
#include <string>

#include "core/error.hpp"

namespace zerogap {
namespace {

std::int64_t ranks_of(GridShape shape) { return std::int64_t{shape.patches} * shape.arrangements; }

Error misfit(GridShape shape, int ranks) {
  return usage_error("the process grid does not fit",
                     "run.grid is " + std::to_string(shape.patches) + " x " +
                         std::to_string(shape.arrangements) + ", but there are " + std::to_string(ranks) +
                         " ranks",
                     "set run.grid.patches and run.grid.arrangements so that their product is the number of "
                     "ranks, or leave both at 0");
}

}  // namespace

ProcessGrid::ProcessGrid(Communicator& world, GridShape shape) : world_(&world) {
  if (ranks_of(shape) != world.size()) throw misfit(shape, world.size());
  const int row = world.rank() / shape.arrangements, column = world.rank() % shape.arrangements;
  patch_axis_ = world.split(column, "the patch axis");
  arrangement_axis_ = world.split(shape.patches + row, "the arrangement axis");
}

GridShape complete_grid(GridShape wanted, int ranks, std::int64_t images, std::int64_t blocks) {
  if (wanted.patches == 0 && wanted.arrangements == 0) {
    // Maximises the number of ranks with work; of equal grids, the one with most ranks along the patch axis.
    std::int64_t most = -1;
    for (int p = 1; p <= ranks; ++p) {
      if (ranks % p != 0) continue;
      const std::int64_t busy =
          std::min<std::int64_t>(p, images) * std::min<std::int64_t>(ranks / p, block_tiles(blocks));
      if (busy < most) continue;
      most = busy;
      wanted.patches = p;
    }
  }
  if (wanted.patches == 0 && ranks % wanted.arrangements == 0) wanted.patches = ranks / wanted.arrangements;
  if (wanted.arrangements == 0 && ranks % wanted.patches == 0) wanted.arrangements = ranks / wanted.patches;
  if (ranks_of(wanted) != ranks) throw misfit(wanted, ranks);
  return wanted;
}

}  // namespace zerogap
