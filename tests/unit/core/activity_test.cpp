// SPDX-License-Identifier: Apache-2.0
#include "core/activity.hpp"

#include <gmock/gmock.h>

namespace zerogap {
namespace {

TEST(Activity, IsTheLastPieceWithItsLastPart) {
  activity::begin("step 12 of the dual");
  EXPECT_EQ(activity::now(), "step 12 of the dual");
  activity::part("computing the gradient");
  activity::part("summing the gradient");
  EXPECT_EQ(activity::now(), "step 12 of the dual, summing the gradient");
  activity::begin("the evaluation after epoch 3");
  EXPECT_EQ(activity::now(), "the evaluation after epoch 3");
}

TEST(Activity, CountsEveryPieceAndPart) {
  const auto before = activity::count();
  activity::begin("a step");
  activity::part("a part");
  activity::part("a part");
  EXPECT_EQ(activity::count(), before + 3);
}

}  // namespace
}  // namespace zerogap
