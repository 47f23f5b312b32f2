// SPDX-License-Identifier: Apache-2.0
// The forms of the preconditioner against the matrix that they stand for.

#include "methods/preconditioner.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.hpp"

namespace zerogap {
namespace {

constexpr int d = 3;
constexpr std::int64_t patches = 40, blocks = 7, width = blocks * d;
constexpr double lambda = 0.3;

std::vector<double> normals(std::uint64_t seed, std::size_t count) {
  std::vector<double> values(count);
  Random(seed, RandomUse::initial).normals(0, values);
  return values;
}

struct Case {
  PatchSample sample{patches, d, normals(1, patches* d), 2.5};
  std::vector<double> g = normals(2, width), blocks_of;

  Case() {
    const auto root = normals(3, 2 * width * d);
    blocks_of.resize(root.size());
    for (std::int64_t j = 0; j < 2 * blocks; ++j)
      for (int a = 0; a < d; ++a)
        for (int b = 0; b < d; ++b) {
          double& entry = blocks_of[static_cast<std::size_t>((j * d + a) * d + b)];
          entry = a == b ? 1.0 : 0.0;
          for (int k = 0; k < d; ++k)
            entry += root[static_cast<std::size_t>((j * d + a) * d + k)] *
                     root[static_cast<std::size_t>((j * d + b) * d + k)];
        }
  }

  /// M p, by its definition.
  std::vector<double> multiplied(const std::vector<double>& p) const {
    std::vector<double> out(p.size());
    for (std::size_t i = 0; i < out.size(); ++i)
      for (std::size_t b = 0; b < d; ++b) out[i] += blocks_of[i * d + b] * p[i / d * d + b];
    for (std::int64_t s = 0; s < patches; ++s) {
      std::vector<double> z;
      for (std::int64_t j = 0; j < blocks; ++j) {
        double a = 0.0;
        for (int k = 0; k < d; ++k) a += y(s, k) * g[static_cast<std::size_t>(j * d + k)];
        const double q = std::abs(a) > lambda ? 1.0 - lambda / std::abs(a) : 0.0;
        for (int k = 0; k < d; ++k) z.push_back(q * y(s, k));
      }
      double predicted = 0.0;
      for (std::size_t i = 0; i < z.size(); ++i) predicted += z[i] * (p[z.size() + i] - p[i]);
      for (std::size_t i = 0; i < z.size(); ++i) {
        out[i] -= 2.0 * sample.weight * predicted * z[i];
        out[z.size() + i] += 2.0 * sample.weight * predicted * z[i];
      }
    }
    return out;
  }

 private:
  double y(std::int64_t s, int k) const { return sample.rows[static_cast<std::size_t>(s * d + k)]; }
};

TEST(SampledPreconditioner, InvertsItsMatrixInEveryForm) {
  const Case inputs;
  const auto expected = normals(4, 2 * width), right = inputs.multiplied(expected);
  for (const auto form : {SampleForm::full, SampleForm::dense, SampleForm::sampled}) {
    SCOPED_TRACE(static_cast<int>(form));
    SampledPreconditioner preconditioner(inputs.sample, inputs.g, lambda, form, 2);
    ASSERT_TRUE(preconditioner.factor(inputs.blocks_of));
    std::vector<double> found(right.size());
    preconditioner.apply(right, found);
    // Gates of the sampled form are single precision, and blocks get a ridge.
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 2e-5) << i;
  }
}

TEST(SampledPreconditioner, PlansWhatFitsTheMemory) {
  const auto few = plan_sample(47040, 32, 9, 512 * 0x1p20);
  EXPECT_EQ(few.form, SampleForm::full);
  EXPECT_EQ(few.patches, 47040);
  const auto many = plan_sample(470400, 512, 9, 512 * 0x1p20);
  EXPECT_EQ(many.form, SampleForm::dense);
  EXPECT_GE(many.patches, 4 * 512 * 9);
  EXPECT_LT(many.patches, 470400);
  const auto more = plan_sample(470400, 8000, 9, 512 * 0x1p20);
  EXPECT_EQ(more.form, SampleForm::sampled);
  EXPECT_GT(more.patches, 1000);
  EXPECT_LE(8.0 * static_cast<double>(more.patches * more.patches) +
                4.0 * 8000.0 * static_cast<double>(more.patches),
            512 * 0x1p20);
  EXPECT_EQ(plan_sample(5, 8000, 9, 0x1p20).patches, 5);
}

}  // namespace
}  // namespace zerogap
