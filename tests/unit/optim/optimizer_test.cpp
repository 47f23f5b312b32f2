// SPDX-License-Identifier: Apache-2.0
#include "optim/optimizer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <ostream>

namespace zerogap {
namespace {

struct Rule {
  std::string name;
  OptimizerOptions options;
};

void PrintTo(const Rule& rule, std::ostream* out) { *out << rule.name; }

std::vector<Rule> rules() {
  using enum OptimizerName;
  return {{"sgd", {.name = sgd}},
          {"sgd_weight_decay", {.name = sgd, .weight_decay = 0.1}},
          {"sgd_momentum", {.name = sgd, .momentum = 0.9}},
          {"sgd_dampening", {.name = sgd, .momentum = 0.9, .dampening = 0.5, .weight_decay = 0.01}},
          {"sgd_nesterov", {.name = sgd, .momentum = 0.8, .nesterov = true}},
          {"asgd", {.name = asgd}},
          {"asgd_averaging", {.name = asgd, .weight_decay = 0.01, .lambd = 0.01, .t0 = 2.0}},
          {"svrg", {.name = svrg}},
          {"svrg_weight_decay", {.name = svrg, .weight_decay = 0.1}},
          {"adagrad", {.name = adagrad}},
          {"adagrad_weight_decay", {.name = adagrad, .weight_decay = 0.1}},
          {"adam", {.name = adam}},
          {"adam_amsgrad", {.name = adam, .weight_decay = 0.01, .amsgrad = true}},
          {"adam_betas", {.name = adam, .beta1 = 0.5, .beta2 = 0.9, .eps = 1e-3}}};
}

constexpr std::int64_t columns = 9;

/// Numbers that depend on (what, step, global row and column) only.
template <class T>
T number(int what, int step, std::int64_t row, std::int64_t column) {
  std::uint64_t bits = ((static_cast<std::uint64_t>(what) * 1000 + static_cast<std::uint64_t>(step)) * 1000 +
                        static_cast<std::uint64_t>(row)) *
                           1000 +
                       static_cast<std::uint64_t>(column);
  for (const std::uint64_t factor : {0xbf58476d1ce4e5b9u, 0x94d049bb133111ebu})
    bits = (bits ^ (bits >> 30)) * factor;  // splitmix64
  return static_cast<T>(static_cast<double>(bits >> 11) * 0x1p-52 - 1.0);
}

/// An optimizer of rows [first, last) of w (rows, 9) and v (rows), with made-up gradients.
template <class T>
class Training {
 public:
  Training(const OptimizerOptions& options, std::int64_t first, std::int64_t last)
      : first_(first), last_(last), options_(options) {
    std::vector<Parameter<T>> parameters;
    for (int p = 0; p < 2; ++p) {
      Parameter<T> parameter{p == 0 ? "w" : "v", last - first, width(p), {}};
      parameter.initial.resize(static_cast<std::size_t>(parameter.rows * parameter.columns));
      fill(parameter.initial, p, 0);
      parameters.push_back(std::move(parameter));
    }
    optimizer_ = make_optimizer<T>(options, std::move(parameters));
  }

  Optimizer<T>& rule() { return *optimizer_; }

  void steps(int from, int to) {
    for (int step = from; step < to; ++step) {
      if (options_.name == OptimizerName::svrg && step % 3 == 0) take_snapshot(step);
      for (int p = 0; p < 2; ++p) {
        fill(optimizer_->gradient(p), 10 + p, step);
        fill(optimizer_->snapshot_gradient(p), 20 + p, step);
      }
      optimizer_->step(0.01 / (1.0 + step));  // as a schedule would
    }
  }

  std::vector<std::vector<T>> iterates() {
    return {copy(optimizer_->iterate(0)), copy(optimizer_->iterate(1)), copy(optimizer_->result(0)),
            copy(optimizer_->result(1))};
  }

  struct Saved {
    std::vector<std::vector<T>> iterates, arrays;
    std::vector<double> scalars;
  };
  Saved save() {
    Saved saved{{copy(optimizer_->iterate(0)), copy(optimizer_->iterate(1))}, {}, optimizer_->scalars()};
    for (const auto& array : optimizer_->arrays()) saved.arrays.push_back(copy(array.values));
    return saved;
  }
  void restore(const Saved& saved) {
    for (std::size_t p = 0; p < 2; ++p)
      std::copy(saved.iterates[p].begin(), saved.iterates[p].end(), optimizer_->iterate(p).begin());
    auto arrays = optimizer_->arrays();
    ASSERT_EQ(arrays.size(), saved.arrays.size());
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      ASSERT_EQ(arrays[i].values.size(), saved.arrays[i].size()) << arrays[i].name;
      std::copy(saved.arrays[i].begin(), saved.arrays[i].end(), arrays[i].values.begin());
    }
    optimizer_->restore(saved.scalars);
  }

 private:
  static std::int64_t width(int p) { return p == 0 ? columns : 1; }
  template <class Span>
  static std::vector<T> copy(const Span& values) {
    return {values.begin(), values.end()};
  }
  void take_snapshot(int step) {
    optimizer_->take_snapshot();
    for (int p = 0; p < 2; ++p) {
      ASSERT_EQ(copy(optimizer_->snapshot(p)), copy(optimizer_->iterate(p)));
      fill(optimizer_->full_gradient(p), 30 + p, step);
    }
  }
  template <class Values>
  void fill(Values&& values, int what, int step) const {
    const std::int64_t wide = width(what % 10);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = number<T>(what, step, first_ + static_cast<std::int64_t>(i) / wide,
                            static_cast<std::int64_t>(i) % wide);
  }

  std::int64_t first_, last_;
  OptimizerOptions options_;
  std::unique_ptr<Optimizer<T>> optimizer_;
};

class EveryRule : public testing::TestWithParam<Rule> {};
INSTANTIATE_TEST_SUITE_P(Rules, EveryRule, testing::ValuesIn(rules()),
                         [](const auto& test) { return test.param.name; });

/// Saved after k steps and restored into a fresh optimizer of other start values, 2k steps end at the same
/// bits.
template <class T>
void check_restored(const OptimizerOptions& options) {
  constexpr std::int64_t rows = 37;
  for (const int k : {0, 1, 4, 7}) {
    SCOPED_TRACE(testing::Message() << "saved after " << k << " steps");
    Training<T> whole(options, 0, rows), first(options, 0, rows), second(options, 100, 100 + rows);
    whole.steps(0, 14);
    first.steps(0, k);
    const auto saved = first.save();
    second.restore(saved);
    Training<T> third(options, 0, rows);
    third.restore(second.save());  // a checkpoint of what was just restored
    EXPECT_EQ(third.save().arrays, saved.arrays);
    EXPECT_EQ(third.save().scalars, saved.scalars);
    third.steps(k, 14);
    EXPECT_EQ(third.iterates(), whole.iterates());
    EXPECT_EQ(third.save().arrays, whole.save().arrays);
    first.steps(k, 14);  // taking the state changes nothing
    EXPECT_EQ(first.iterates(), whole.iterates());
  }
}

TEST_P(EveryRule, GoesOnFromItsSavedState) {
  check_restored<double>(GetParam().options);
  check_restored<float>(GetParam().options);
}

/// Rows may lie on any rank.
template <class T>
void check_split(const OptimizerOptions& options) {
  constexpr std::int64_t rows = 203;
  Training<T> whole(options, 0, rows);
  whole.steps(0, 9);
  for (const std::int64_t cut : {1, 5, 64, 100, 202, 203}) {
    Training<T> head(options, 0, cut), tail(options, cut, rows);
    head.steps(0, 9);
    tail.steps(0, 9);
    auto joined = head.iterates();
    const auto rest = tail.iterates();
    for (std::size_t i = 0; i < joined.size(); ++i)
      joined[i].insert(joined[i].end(), rest[i].begin(), rest[i].end());
    EXPECT_EQ(joined, whole.iterates()) << "cut at " << cut;
  }
}

TEST_P(EveryRule, DoesNotDependOnWhereRowsAreCut) {
  check_split<double>(GetParam().options);
  check_split<float>(GetParam().options);
}

TEST_P(EveryRule, DescribesItsState) {
  Training<double> training(GetParam().options, 0, 5);
  training.steps(0, 3);
  for (const auto& array : training.rule().arrays()) {
    EXPECT_TRUE(array.name.ends_with("_w") || array.name.ends_with("_v")) << array.name;
    EXPECT_EQ(array.rows, 5);
    EXPECT_EQ(array.columns, array.name.ends_with("_w") ? columns : 1) << array.name;
    EXPECT_EQ(array.values.size(), static_cast<std::size_t>(array.rows * array.columns));
  }
}

/// One parameter with one entry, from x with gradient g.
struct Scalar {
  Scalar(const OptimizerOptions& options, double x)
      : rule(make_optimizer<double>(options, {{"w", 1, 1, {x}}})) {}
  double step(double gradient, double lr) {
    rule->gradient(0)[0] = gradient;
    rule->step(lr);
    return rule->iterate(0)[0];
  }
  std::unique_ptr<Optimizer<double>> rule;
};

TEST(Rules, SgdStepsAgainstTheGradient) {
  Scalar plain({.name = OptimizerName::sgd}, 1.0);
  EXPECT_DOUBLE_EQ(plain.step(2.0, 0.1), 0.8);
  EXPECT_DOUBLE_EQ(plain.step(2.0, 0.05), 0.7);  // the rate given with the step counts
  Scalar decayed({.name = OptimizerName::sgd, .weight_decay = 0.5}, 1.0);
  EXPECT_DOUBLE_EQ(decayed.step(2.0, 0.1), 0.75);
  Scalar moving({.name = OptimizerName::sgd, .momentum = 0.5}, 1.0);
  EXPECT_DOUBLE_EQ(moving.step(2.0, 0.1), 0.8);
  EXPECT_DOUBLE_EQ(moving.step(2.0, 0.1), 0.5);  // 0.8 - 0.1 (0.5 * 2 + 2)
  Scalar dampened({.name = OptimizerName::sgd, .momentum = 0.5, .dampening = 0.5}, 1.0);
  EXPECT_DOUBLE_EQ(dampened.step(2.0, 0.1), 0.8);  // the first step takes the bare gradient
  EXPECT_DOUBLE_EQ(dampened.step(2.0, 0.1), 0.6);
}

TEST(Rules, AdamsFirstStepIsTheRate) {
  Scalar adam({.name = OptimizerName::adam}, 1.0);
  EXPECT_NEAR(adam.step(1e-3, 0.1), 0.9, 1e-6);
  EXPECT_NEAR(adam.step(1e-3, 0.1), 0.8, 1e-5);
}

TEST(Rules, AsgdDecaysSlowsDownAndAverages) {
  const OptimizerOptions options{
      .name = OptimizerName::asgd, .lr = 0.1, .lambd = 0.5, .alpha = 1.0, .t0 = 1.0};
  Scalar asgd(options, 1.0);
  // x1 = 1 (1 - 0.5 * 0.1) - 0.1 * 2; then eta = 0.1/(1 + 0.05). Averages start after t0 steps.
  const double x1 = 0.75, x2 = x1 * (1.0 - 0.5 * 0.1 / 1.05) - 0.2 / 1.05;
  EXPECT_DOUBLE_EQ(asgd.step(2.0, 0.1), x1);
  EXPECT_DOUBLE_EQ(asgd.rule->result(0)[0], x1);
  EXPECT_DOUBLE_EQ(asgd.step(2.0, 0.1), x2);
  EXPECT_DOUBLE_EQ(asgd.rule->result(0)[0], x2);  // mu = 1/max(1, t - t0) was 1 once more
  const double x3 = asgd.step(2.0, 0.1);
  EXPECT_DOUBLE_EQ(asgd.rule->result(0)[0], x3);
  const double x4 = asgd.step(2.0, 0.1);
  EXPECT_DOUBLE_EQ(asgd.rule->result(0)[0], 0.5 * (x3 + x4));
  EXPECT_NE(asgd.rule->result(0)[0], asgd.rule->iterate(0)[0]);
}

TEST(Rules, SvrgCorrectsABatchByItsSnapshot) {
  Scalar svrg({.name = OptimizerName::svrg}, 1.0);
  svrg.rule->take_snapshot();
  svrg.rule->full_gradient(0)[0] = 5.0;
  svrg.rule->snapshot_gradient(0)[0] = 3.0;
  EXPECT_DOUBLE_EQ(svrg.step(4.0, 0.1), 1.0 - 0.1 * (4.0 - 3.0 + 5.0));
  EXPECT_EQ(svrg.rule->snapshot(0)[0], 1.0);
}

TEST(Rules, OthersHaveNoSnapshot) {
  for (const auto& rule : rules()) {
    if (rule.options.name == OptimizerName::svrg) continue;
    Scalar scalar(rule.options, 1.0);
    EXPECT_TRUE(scalar.rule->snapshot(0).empty() && scalar.rule->full_gradient(0).empty() &&
                scalar.rule->snapshot_gradient(0).empty());
  }
}

TEST(Rules, ARankWithoutRowsTakesPart) {
  for (const auto& rule : rules()) {
    Training<float> empty(rule.options, 3, 3);
    empty.steps(0, 4);
    const auto saved = empty.save();
    Training<float> again(rule.options, 3, 3);
    again.restore(saved);
    EXPECT_EQ(again.save().scalars, saved.scalars) << rule.name;
  }
}

TEST(ScheduledRate, ConstantAndCosine) {
  OptimizerOptions options{.schedule = Schedule::constant, .lr = 0.3};
  for (const std::int64_t step : {0, 5, 10}) EXPECT_EQ(scheduled_rate(options, step, 10), 0.3);
  options.schedule = Schedule::cosine;
  EXPECT_DOUBLE_EQ(scheduled_rate(options, 0, 12), 0.3);
  EXPECT_DOUBLE_EQ(scheduled_rate(options, 6, 12), 0.15);
  EXPECT_DOUBLE_EQ(scheduled_rate(options, 4, 12), 0.225);  // cos(pi/3) = 1/2
  EXPECT_NEAR(scheduled_rate(options, 12, 12), 0.0, 1e-16);
  for (std::int64_t step = 0; step < 12; ++step) {
    EXPECT_GT(scheduled_rate(options, step, 12), scheduled_rate(options, step + 1, 12));
    EXPECT_NEAR(scheduled_rate(options, step, 12) + scheduled_rate(options, 12 - step, 12), 0.3, 1e-15);
  }
}

}  // namespace
}  // namespace zerogap
