#include "comm/grid.hpp"

#include <string>

#include "core/error.hpp"

namespace zerogap {
namespace {

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
  if (shape.patches * shape.arrangements != world.size()) throw misfit(shape, world.size());
  const int row = world.rank() / shape.arrangements, column = world.rank() % shape.arrangements;
  patch_axis_ = world.split(column, "the patch axis");
  arrangement_axis_ = world.split(shape.patches + row, "the arrangement axis");
}

GridShape complete_grid(GridShape wanted, int ranks, std::int64_t images, std::int64_t blocks) {
  if (wanted.patches == 0 && wanted.arrangements == 0) {
    // The largest divisor of the ranks that leaves no patch row empty; arrangements take the rest if they can
    // use it.
    wanted.patches = 1;
    for (int p = 1; p <= ranks; ++p)
      if (ranks % p == 0 && p <= images) wanted.patches = p;
    if (ranks / wanted.patches > block_tiles(blocks)) wanted.patches = ranks;
  }
  if (wanted.patches == 0 && ranks % wanted.arrangements == 0) wanted.patches = ranks / wanted.arrangements;
  if (wanted.arrangements == 0 && ranks % wanted.patches == 0) wanted.arrangements = ranks / wanted.patches;
  if (wanted.patches * wanted.arrangements != ranks) throw misfit(wanted, ranks);
  return wanted;
}

}  // namespace zerogap
