// SPDX-License-Identifier: Apache-2.0
// Results are the same to the last bit for any number of threads, any split of the images into calls, and any
// split of the blocks into tiles: this makes runs on different numbers of ranks identical.

#include <gtest/gtest.h>

#include "kernel_results.hpp"
#include "subject.hpp"

namespace zerogap {
namespace {

using test::CaseShape;
using test::KernelCase;
using test::Results;

/// Rounding differs with every order of addition here: numbers are not exact, tiles have several blocks.
const std::vector<CaseShape>& shapes() {
  static const std::vector<CaseShape> all = {
      {.height = 28, .width = 28, .images = 7, .blocks = 18, .tile = 4, .exact = false},
      {.side = 5,
       .height = 47,
       .width = 43,
       .images = 3,
       .blocks = 33,
       .tile = 16,
       .width_mu = 0.1,
       .exact = false},
      {.height = 61, .width = 5, .images = 4, .listed = 3, .blocks = 300, .tile = 4, .exact = false},
      {.side = 0,
       .length = 10,
       .height = 1,
       .width = 200,
       .images = 6,
       .blocks = 12,
       .tile = 2,
       .exact = false},
      {.height = 2, .width = 1500, .images = 2, .blocks = 5, .tile = 1, .exact = false}};
  return all;
}

template <class T>
class Invariance : public testing::Test {};
TYPED_TEST_SUITE(Invariance, test::Precisions, test::PrecisionNames);

template <class T, class Body>
void for_each_shape(Body body) {
  for (const auto& shape : shapes()) {
    SCOPED_TRACE(testing::Message() << shape);
    const KernelCase<T> inputs(shape);
    const auto one_thread = test::make_subject<T>(1);
    Results<T> expected(inputs);
    body(inputs, expected.run(*one_thread));
  }
}

TYPED_TEST(Invariance, NumberOfThreads) {
  using T = TypeParam;
  for_each_shape<T>([](const KernelCase<T>& inputs, const Results<T>& expected) {
    for (const int threads : {2, 3, 5}) {
      Results<T> found(inputs);
      test::expect_identical(found.run(*test::make_subject<T>(threads)), expected);
    }
  });
}

TYPED_TEST(Invariance, SplitOfImagesIntoCalls) {
  using T = TypeParam;
  for_each_shape<T>([](const KernelCase<T>& inputs, const Results<T>& expected) {
    const auto count = static_cast<std::int64_t>(inputs.images.size());
    std::vector<std::int64_t> each(static_cast<std::size_t>(count) + 1);
    for (std::int64_t i = 0; i <= count; ++i) each[static_cast<std::size_t>(i)] = i;
    for (const auto& cuts : {each, {0, 1, count}, {0, count / 2, count / 2, count}, {0, count - 1, count}}) {
      Results<T> found(inputs);
      test::expect_identical(found.run(*test::make_subject<T>(), {cuts, {}}), expected);
    }
  });
}

TYPED_TEST(Invariance, SplitOfBlocksAtWholeTiles) {
  using T = TypeParam;
  for_each_shape<T>([](const KernelCase<T>& inputs, const Results<T>& expected) {
    const std::int64_t tile = inputs.shape.tile, count = inputs.shape.blocks;
    std::vector<std::int64_t> each;
    for (std::int64_t j = 0; j < count; j += tile) each.push_back(j);
    each.push_back(count);
    const std::int64_t middle = each[each.size() / 2], last = each[each.size() - 2];
    for (const auto& cuts : {each, {0, tile, count}, {0, middle, middle, count}, {0, last, count}}) {
      Results<T> found(inputs);
      test::expect_identical(found.run(*test::make_subject<T>(), {{}, cuts}), expected);
    }
  });
}

TYPED_TEST(Invariance, BothSplitsAtOnceAndOutputsAddUp) {
  using T = TypeParam;
  for_each_shape<T>([](const KernelCase<T>& inputs, const Results<T>& expected) {
    const auto count = static_cast<std::int64_t>(inputs.images.size());
    const auto kernels = test::make_subject<T>();
    Results<T> found(inputs);
    found.run(*kernels, {{0, 1, count}, {0, inputs.shape.tile, inputs.shape.blocks}});
    test::expect_identical(found, expected);
    found.run(*kernels);  // a second time: sums double, maxima stay
    for (std::size_t i = 0; i < expected.outputs().size(); ++i) {
      EXPECT_EQ(found.outputs()[i].maxima, expected.outputs()[i].maxima);
      auto doubled = expected.outputs()[i].sums;
      for (auto& sum : doubled) sum *= 2;
      EXPECT_EQ(found.outputs()[i].sums, doubled) << expected.outputs()[i].name;
    }
  });
}

/// The reference adds pair by pair in fixed point: any split at all.
TYPED_TEST(Invariance, ReferenceUnderAnySplit) {
  using T = TypeParam;
  const KernelCase<T> inputs({.height = 6, .width = 5, .images = 4, .blocks = 7, .tile = 3, .exact = false});
  const auto kernels = make_reference_kernels<T>();
  Results<T> expected(inputs), found(inputs);
  test::expect_identical(found.run(*kernels, {{0, 1, 4}, {0, 1, 5, 7}}), expected.run(*kernels));
}

}  // namespace
}  // namespace zerogap
