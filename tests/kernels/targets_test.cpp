// SPDX-License-Identifier: Apache-2.0
// Every SIMD target that is compiled in, not only the best that this machine has.

#include <gtest/gtest.h>
#include <hwy/detect_targets.h>
#include <hwy/targets.h>

#include "kernel_results.hpp"

namespace zerogap {
namespace {

using test::CaseShape;

/// Makes Highway choose one target, for as long as it lives.
class ForcedTarget {
 public:
  explicit ForcedTarget(std::int64_t target) { choose(target); }
  ~ForcedTarget() { choose(0); }
  ForcedTarget(const ForcedTarget&) = delete;

 private:
  static void choose(std::int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

struct Target {
  std::int64_t bit;
  bool wanted;  ///< must be compiled in on this architecture
};

std::string forced_name(std::int64_t target) {
  const ForcedTarget forced(target);
  return make_cpu_kernels<float>(1)->target();
}

/// Those that must be there, and whatever else is compiled in and runs here.
std::vector<Target> targets() {
  // The baseline of x86-64 has no target of its own in Highway 1.0: SCALAR stands for it.
  std::vector<Target> all = {{HWY_SCALAR, false}, {HWY_EMU128, false}};
#if HWY_ARCH_X86
  all.insert(
      all.end(),
      {{HWY_SSSE3, false}, {HWY_SSE4, false}, {HWY_AVX2, true}, {HWY_AVX3, true}, {HWY_AVX3_DL, false}});
#elif HWY_ARCH_ARM
  all.insert(
      all.end(),
      {{HWY_NEON, false}, {HWY_SVE, false}, {HWY_SVE2, false}, {HWY_SVE_256, false}, {HWY_SVE2_128, false}});
#endif
  std::erase_if(all, [](const Target& target) {
    const bool portable = target.bit == HWY_SCALAR || target.bit == HWY_EMU128;
    const bool runs = portable || (hwy::SupportedTargets() & target.bit) != 0;
    return !target.wanted &&
           !(runs && forced_name(target.bit) == std::string("cpu ") + hwy::TargetName(target.bit));
  });
  return all;
}

class SimdTarget : public testing::TestWithParam<Target> {
 protected:
  /// Skips, with the reason, what cannot run here.
  void SetUp() override {
    const auto bit = GetParam().bit;
    const std::string name = hwy::TargetName(bit);
    if (GetParam().wanted && (hwy::SupportedTargets() & bit) == 0)
      GTEST_SKIP() << "this processor has no " << name;
    ASSERT_EQ(forced_name(bit), "cpu " + name) << "must be compiled in (tile_ops.cpp)";
  }

  template <class T>
  static void check(const CaseShape& shape) {
    SCOPED_TRACE(testing::Message() << (sizeof(T) == 4 ? "fp32, " : "fp64, ") << shape);
    const ForcedTarget forced(GetParam().bit);
    const auto kernels = make_cpu_kernels<T>(2);
    ASSERT_EQ(kernels->target(), std::string("cpu ") + hwy::TargetName(GetParam().bit));
    test::expect_reference<T>(shape, *kernels);
  }
};

TEST_P(SimdTarget, AgreesWithTheReference) {
  const std::vector<CaseShape> shapes = {
      {.side = 1, .height = 7, .width = 9, .blocks = 3},
      {.height = 28, .width = 28, .blocks = 19, .tile = 4},
      {.side = 5, .height = 37, .width = 41, .blocks = 6, .tile = 16, .width_mu = 0.1},
      {.side = 9, .height = 11, .width = 6, .lambda = 0.0},
      {.height = 3, .width = 1029, .rho = 0.0},
      {.side = 0, .length = 17, .height = 1, .width = 50, .images = 3, .lambda = 1.0}};
  for (const auto& shape : shapes) {
    check<float>(shape);
    check<double>(shape);
  }
}

TEST_P(SimdTarget, IsTheSameForAnyNumberOfThreads) {
  const ForcedTarget forced(GetParam().bit);
  const test::KernelCase<float> inputs(
      {.height = 40, .width = 40, .images = 3, .blocks = 20, .tile = 4, .exact = false});
  test::Results<float> one(inputs), three(inputs);
  test::expect_identical(three.run(*make_cpu_kernels<float>(3), {{0, 2, 3}, {0, 8, 20}}),
                         one.run(*make_cpu_kernels<float>(1)));
}

INSTANTIATE_TEST_SUITE_P(All, SimdTarget, testing::ValuesIn(targets()),
                         [](const auto& test) { return std::string(hwy::TargetName(test.param.bit)); });

TEST(SimdTargets, TheBestOneIsChosenUnlessForced) {
  std::string name;
  {
    const ForcedTarget forced(HWY_SCALAR);
    name = cpu_target();
  }
  const auto best = cpu_target();
  EXPECT_EQ(make_cpu_kernels<float>(1)->target(), "cpu " + best);
#if HWY_ARCH_X86
  const bool better = (hwy::SupportedTargets() & HWY_AVX2) != 0;
  EXPECT_EQ(best != name, better);
#endif
}

}  // namespace
}  // namespace zerogap
