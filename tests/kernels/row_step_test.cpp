// SPDX-License-Identifier: Apache-2.0
// A step of rows of weights: the gradient from its sums, the rule's arithmetic, the rows' norms.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "core/memory.hpp"
#include "kernel_results.hpp"
#include "subject.hpp"

namespace zerogap {
namespace {

template <class T>
std::vector<StepRule<T>> rules() {
  StepRule<T> sgd{.kind = RuleKind::sgd, .step = T(-0.01)};
  StepRule<T> momentum{.kind = RuleKind::sgd,
                       .decays = true,
                       .remembers = true,
                       .nesterov = true,
                       .weight_decay = T(0.02),
                       .step = T(-0.01),
                       .momentum = T(0.9),
                       .fresh = T(0.7)};
  StepRule<T> first = momentum;
  first.first = true;
  first.nesterov = false;
  StepRule<T> adagrad{.kind = RuleKind::adagrad, .step = T(-0.01), .eps = T(1e-8)};
  StepRule<T> adam{.kind = RuleKind::adam,
                   .step = T(-0.003),
                   .beta1 = T(0.9),
                   .beta2 = T(0.99),
                   .rest1 = T(0.1),
                   .rest2 = T(0.01),
                   .root = T(0.3),
                   .eps = T(1e-8)};
  StepRule<T> amsgrad = adam;
  amsgrad.amsgrad = true;
  amsgrad.decays = true;
  amsgrad.weight_decay = T(0.01);
  return {sgd, momentum, first, adagrad, adam, amsgrad};
}

template <class T>
int moments_of(const StepRule<T>& rule) {
  if (rule.kind == RuleKind::sgd) return rule.remembers ? 1 : 0;
  if (rule.kind == RuleKind::adagrad) return 1;
  return rule.amsgrad ? 3 : 2;
}

/// Weights, moments and norms after a step.
template <class T>
struct After {
  std::vector<std::vector<T>> arrays;
  double norms = 0.0;
};

template <class T>
class Inputs {
 public:
  Inputs(std::int64_t rows, int length) : rows_(rows), length_(length) {
    std::mt19937 random(5);
    std::normal_distribution<double> normal;
    const auto entries = static_cast<std::size_t>(rows * length);
    for (std::size_t i = 0; i < entries; ++i) {
      // A row in five is zero: no group norm pulls at it.
      weights.push_back(i / static_cast<std::size_t>(length) % 5 == 3 ? T{0}
                                                                      : static_cast<T>(0.1 * normal(random)));
      sums.push_back(scale().fixed(normal(random)));
    }
    for (auto& moment : moments)
      for (std::size_t i = 0; i < entries; ++i)
        moment.push_back(static_cast<T>(std::abs(0.2 * normal(random))));
  }

  After<T> run(Kernels<T>& kernels, const StepRule<T>& rule) const {
    auto& memory = kernels.memory();
    const Buffer<std::int64_t> resident_sums(memory, std::span(sums)),
        words(memory, std::vector<std::int64_t>(ExactSum::words, 1));
    const Buffer<T> resident(memory, std::span(weights));
    std::vector<Buffer<T>> kept;
    RowStep<T> step{.rows = rows_,
                    .length = length_,
                    .sums = resident_sums.span(),
                    .scale = scale(),
                    .factor = 1.75,
                    .pull = 0.4,
                    .rule = rule,
                    .weights = resident.data(),
                    .norms = words.span()};
    for (int m = 0; m < moments_of(rule); ++m) {
      kept.emplace_back(memory, std::span(moments[static_cast<std::size_t>(m)]));
      step.moments[static_cast<std::size_t>(m)] = kept.back().data();
    }
    kernels.run(step);
    After<T> after;
    after.arrays.push_back(resident.download());
    for (const auto& moment : kept) after.arrays.push_back(moment.download());
    ExactSum norms;
    const auto found = words.download();
    for (std::size_t i = 0; i < found.size(); ++i) norms.span()[i] = found[i] - 1;
    after.norms = norms.value();
    return after;
  }

  std::vector<T> weights;
  std::vector<std::int64_t> sums;
  std::vector<T> moments[most_moments];

 private:
  static FixedPoint scale() { return FixedPoint(10.0); }
  std::int64_t rows_;
  int length_;
};

template <class T>
class RowSteps : public testing::Test {
 protected:
  std::unique_ptr<Kernels<T>> subject_ = test::make_subject<T>(), reference_ = make_reference_kernels<T>();
  /// The host's arithmetic has the same bits, if its vectors have fused multiply-adds; the rest is held to
  /// 1e-6.
  bool same_bits() { return subject_->target().find("AVX") != std::string::npos; }
};
using Types = testing::Types<float, double>;
struct Names {
  template <class T>
  static std::string GetName(int) {
    return sizeof(T) == 4 ? "fp32" : "fp64";
  }
};
TYPED_TEST_SUITE(RowSteps, Types, Names);

TYPED_TEST(RowSteps, HaveTheReferencesNumbers) {
  for (const auto& [rows, length] : {std::pair(1, 1), {7, 9}, {130, 9}, {1001, 9}, {33, 25}, {5, 2401}}) {
    const Inputs<TypeParam> inputs(rows, length);
    for (std::size_t r = 0; r < rules<TypeParam>().size(); ++r) {
      SCOPED_TRACE(std::to_string(rows) + " rows of " + std::to_string(length) + ", rule " +
                   std::to_string(r));
      const auto rule = rules<TypeParam>()[r];
      const auto found = inputs.run(*this->subject_, rule), expected = inputs.run(*this->reference_, rule);
      ASSERT_EQ(found.arrays.size(), expected.arrays.size());
      for (std::size_t a = 0; a < found.arrays.size(); ++a)
        for (std::size_t i = 0; i < found.arrays[a].size(); ++i)
          if (this->same_bits())
            ASSERT_EQ(found.arrays[a][i], expected.arrays[a][i]) << "array " << a << ", entry " << i;
          else
            ASSERT_NEAR(found.arrays[a][i], expected.arrays[a][i],
                        1e-6 * (1.0 + std::abs(expected.arrays[a][i])))
                << "array " << a << ", entry " << i;
      if (this->same_bits())
        EXPECT_EQ(found.norms, expected.norms);
      else
        EXPECT_NEAR(found.norms, expected.norms, 1e-6 * expected.norms);
    }
  }
}

TYPED_TEST(RowSteps, TheNumberOfThreadsDoesNotMatter) {
  const Inputs<TypeParam> inputs(1013, 9);  // enough for several threads
  const auto rule = rules<TypeParam>().back();
  const auto expected = inputs.run(*test::make_subject<TypeParam>(1), rule);
  for (const int threads : {2, 3, 8}) {
    const auto found = inputs.run(*test::make_subject<TypeParam>(threads), rule);
    EXPECT_EQ(found.arrays, expected.arrays);
    EXPECT_EQ(found.norms, expected.norms);
  }
}

TYPED_TEST(RowSteps, ANumberThatIsNoneMakesTheNormsInfinite) {
  Inputs<TypeParam> inputs(200, 9);
  inputs.weights[900] = std::numeric_limits<TypeParam>::infinity();
  EXPECT_EQ(inputs.run(*this->subject_, rules<TypeParam>()[0]).norms,
            std::numeric_limits<double>::infinity());
  inputs.weights[900] = std::numeric_limits<TypeParam>::quiet_NaN();
  EXPECT_EQ(inputs.run(*this->subject_, rules<TypeParam>()[3]).norms,
            std::numeric_limits<double>::infinity());
}

/// Blocks that are resident already give the bits of those that are brought.
TYPED_TEST(RowSteps, ResidentBlocksAreReadWhereTheyLie) {
  using T = TypeParam;
  for (const int side : {3, 5, 9}) {
    const test::KernelCase<T> inputs(
        {.side = side, .height = 11, .width = 9, .images = 3, .blocks = 20, .tile = 4});
    auto& memory = this->subject_->memory();
    const Buffer<T> pixels(memory, std::span(inputs.pixels)), target(memory, std::span(inputs.target)),
        g(memory, std::span(inputs.g)), w(memory, std::span(inputs.w)),
        w_prime(memory, std::span(inputs.w_prime));
    auto source = inputs.source();
    source.pixels = pixels.data();
    const auto step = [&](const DualBlocks<T>& blocks, double rho) {
      Buffer<std::int64_t> sums(memory, 2 * inputs.g.size());
      sums.clear();
      this->subject_->run(DualStep<T>{source, inputs.images, blocks, 0.2, rho, FixedPoint(1e4), target.data(),
                                      FixedPoint(1e6), sums.span().first(inputs.g.size()),
                                      sums.span().last(inputs.g.size())});
      return sums.download();
    };
    const std::int64_t count = inputs.shape.blocks;
    for (const double rho : {0.0, 0.1, 0.1, 0.1}) {  // the third time an implementation may replay it
      const auto expected = step({inputs.g.data(), inputs.w.data(), inputs.w_prime.data(), count, 4}, rho);
      EXPECT_EQ(step({g.data(), w.data(), w_prime.data(), count, 4, true}, rho), expected) << side;
    }
  }
}

}  // namespace
}  // namespace zerogap
