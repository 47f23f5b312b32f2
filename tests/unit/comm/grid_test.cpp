// SPDX-License-Identifier: Apache-2.0
#include "comm/grid.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "core/error.hpp"

namespace zerogap {
namespace {

void expect_shape(GridShape shape, int patches, int arrangements) {
  EXPECT_EQ(shape.patches, patches);
  EXPECT_EQ(shape.arrangements, arrangements);
}

TEST(CompleteGrid, PutsAllRanksOnThePatchAxisIfThereAreImages) {
  expect_shape(complete_grid({}, 1, 600, 512), 1, 1);
  expect_shape(complete_grid({}, 4, 600, 512), 4, 1);
  expect_shape(complete_grid({}, 6, 6, 512), 6, 1);
}

TEST(CompleteGrid, GivesSurplusRanksToTheArrangementAxis) {
  expect_shape(complete_grid({}, 8, 2, 512), 2, 4);
  expect_shape(complete_grid({}, 6, 4, 512), 3, 2);
  expect_shape(complete_grid({}, 7, 2, 512), 1, 7);
}

TEST(CompleteGrid, StillMakesAGridWhereThereIsMoreRanksThanWork) {
  const GridShape shape = complete_grid({}, 8, 1, 2);
  EXPECT_EQ(shape.patches * shape.arrangements, 8);
}

TEST(CompleteGrid, CompletesOneAxisAndKeepsAFullShape) {
  expect_shape(complete_grid({2, 0}, 6, 600, 512), 2, 3);
  expect_shape(complete_grid({0, 3}, 6, 600, 512), 2, 3);
  expect_shape(complete_grid({3, 2}, 6, 600, 512), 3, 2);
}

TEST(CompleteGrid, RefusesShapesThatDoNotFit) {
  for (const GridShape shape : {GridShape{4, 0}, GridShape{0, 4}, GridShape{2, 2}, GridShape{12, 1}}) {
    try {
      complete_grid(shape, 6, 600, 512);
      ADD_FAILURE() << shape.patches << " x " << shape.arrangements;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::usage);
      EXPECT_THAT(error.what(), testing::HasSubstr("6 ranks"));
      EXPECT_THAT(error.what(), testing::HasSubstr("run.grid"));
    }
  }
}

TEST(SerialCommunicator, IsAGroupOfOne) {
  const auto world = make_serial();
  EXPECT_EQ(world->rank(), 0);
  EXPECT_EQ(world->size(), 1);
  EXPECT_EQ(world->name(), "serial");
  std::vector<std::int64_t> integers{1, -2, std::int64_t{1} << 62};
  const auto same = integers;
  world->sum(std::span(integers));
  world->max(std::span(integers));
  EXPECT_EQ(integers, same);
  EXPECT_EQ(world->sum(std::int64_t{42}), 42);
  EXPECT_EQ(world->max(1.5), 1.5);
  EXPECT_EQ(world->max(std::int64_t{-3}), -3);
  EXPECT_EQ(world->all_gather_text("text"), std::vector<std::string>{"text"});
  EXPECT_EQ(world->broadcast("", 0), "");
  EXPECT_EQ(world->broadcast(std::string("a\0b", 3), 0), std::string("a\0b", 3));
  world->barrier();
  EXPECT_EQ(world->split(3)->size(), 1);
}

TEST(ProcessGrid, OfOneRankHoldsEverything) {
  const auto world = make_serial();
  const ProcessGrid grid(*world, complete_grid({}, 1, 600, 512));
  EXPECT_EQ(&grid.world(), world.get());
  EXPECT_EQ(grid.patch_axis().size(), 1);
  EXPECT_EQ(grid.arrangement_axis().size(), 1);
  EXPECT_EQ(grid.images(600), (Range{0, 600}));
  EXPECT_EQ(grid.blocks(512), (Range{0, 512}));
}

TEST(ProcessGrid, RefusesAShapeOfAnotherSize) {
  const auto world = make_serial();
  EXPECT_THROW(ProcessGrid(*world, GridShape{2, 1}), Error);
  EXPECT_THROW(ProcessGrid(*world, GridShape{0, 1}), Error);
}

}  // namespace
}  // namespace zerogap
