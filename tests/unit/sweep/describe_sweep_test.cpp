// SPDX-License-Identifier: Apache-2.0
// What a dry run says of a sweep, and that it writes nothing.

#include "sweep/describe_sweep.hpp"

#include "unit/sweep/support.hpp"

namespace zerogap {
namespace {

using test::replaced;
using test::small_sweep;
using test::write_text;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Descriptions : public test::SweepsHere {
 protected:
  std::string described(const test::Overrides& overrides = {}, std::int64_t gpu_memory = 0,
                        int ranks = 1) const {
    auto all = arguments("st", overrides);
    all.gpu_memory = gpu_memory;
    return describe_sweep(all, ranks);
  }
};

TEST_F(Descriptions, SayWhatMovesAndWhatItMoves) {
  EXPECT_THAT(described(), AllOf(HasSubstr("sweep     small (" + file().string() + "), base "),
                                 HasSubstr("\naxes\n"
                                           "  axes  network.beta (2): 2 4; moves primal and dual\n"
                                           "  axes  network.lambda (2): 0.1 0.2; moves primal and dual\n"
                                           "  seeds init.seed (2): 1 2; moves primal\n"
                                           "design    init.seed moves; paired in data.seed, data.noise.seed, "
                                           "arrangements.seed (the same in every cell)\n"
                                           "cells     12 for 8 points: 8 primal, 4 dual\n"
                                           "          4 of them stand for several points, since they do not "
                                           "depend on what moves\n")));
  EXPECT_FALSE(std::filesystem::exists(store("st")));
  write_text(file(), replaced(small_sweep, "seeds: {init: 2}", ""));
  EXPECT_THAT(described(), HasSubstr("design    no seed moves: one draw of images, noise, blocks and start "
                                     "weights\ncells     8 for 4 points: 4 primal, 4 dual\nwork "));
}

TEST_F(Descriptions, ListTheFirstCells) {
  const auto cells = plan_sweep(load_sweep(file().string(), {})).cells;
  const std::string text = described();
  EXPECT_THAT(text, HasSubstr("first cells\n  " + cells[0].name + "  primal "));
  EXPECT_THAT(text,
              HasSubstr("network.beta=2 network.lambda=0.1 init.seed=1\n  " + cells[1].name + "  dual "));
  EXPECT_THAT(text, HasSubstr("\n  and 6 more\n"));
}

TEST_F(Descriptions, CountWhatTheStoreHasNot) {
  EXPECT_THAT(described(), AllOf(HasSubstr("work      12 cells to compute, 0 finished; "),
                                 HasSubstr(", a guess until a cell is finished\n")));
  sweep("st");
  const std::string all_done = described();
  EXPECT_THAT(all_done, HasSubstr("work      0 cells to compute, 12 finished; about 0 pairs of "));
  write_text(file(), replaced(small_sweep, "[2, 4]", "[2, 3, 4]"));
  EXPECT_THAT(described(), AllOf(HasSubstr("cells     18 for 12 points: 12 primal, 6 dual\n"),
                                 HasSubstr("work      6 cells to compute, 12 finished; "),
                                 HasSubstr("at the pace of the cells that are finished\n"),
                                 HasSubstr("init.seed moves; paired in data.seed, data.noise.seed, "
                                           "arrangements.seed")));
  EXPECT_EQ(status("st")["cells"], 12) << "nothing was written";
}

TEST_F(Descriptions, SayHowManyCellsAGpuHasRoomFor) {
  EXPECT_THAT(described({}, 24), HasSubstr(" cells at once fit into 24.0 GiB (--gpu-memory), an estimate: "));
  EXPECT_THAT(described({"run.backend=cpu"}), Not(HasSubstr("GPU")));
}

TEST_F(Descriptions, CountGroupsOfRanks) {
  EXPECT_THAT(described({"sweep.ranks_per_cell=2"}, 0, 6), HasSubstr(" with 3 cells at once ("));
  EXPECT_THAT(described(), HasSubstr(" with 1 cell at once ("));
}

TEST_F(Descriptions, WarnOfAnAxisThatMovesNothing) {
  write_text(file(), replaced(small_sweep, "network.lambda: [0.1, 0.2]", "optimizer.momentum: [0.1, 0.2]"));
  ::testing::internal::CaptureStderr();
  const std::string text = described();
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("the axis optimizer.momentum of sweep small moves nothing"));
  EXPECT_THAT(text, HasSubstr("optimizer.momentum (2): 0.1 0.2; moves nothing\n"));
}

TEST_F(Descriptions, RefuseAStoreWhoseSweepOfTheNameIsOfAnotherFile) {
  sweep("st");
  std::filesystem::create_directories(folder_ / "b");
  write_text(folder_ / "b/small.yaml", replaced(small_sweep, "[2, 4]", "[2]"));
  auto other = arguments("st");
  other.file = (folder_ / "b/small.yaml").string();
  test::expect_error(ExitCode::usage, {"has a sweep small of another file", "6 cells of "},
                     [&] { describe_sweep(other, 1); });
}

}  // namespace
}  // namespace zerogap
