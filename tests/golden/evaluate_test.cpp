// SPDX-License-Identifier: Apache-2.0
// `zerogap evaluate` against the reference cases: every value, prediction and gradient of every network.

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

#include "evaluation/evaluate_file.hpp"
#include "golden.hpp"
#include "support/world.hpp"

namespace zerogap {
namespace {

struct Precision {
  std::string name;
  double tolerance;
};

class Golden : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  Golden()
      : golden_(std::get<0>(GetParam())),
        precision_{std::get<1>(GetParam()), std::get<1>(GetParam()) == "fp64" ? 1e-10 : 1e-4} {
    file_ = std::filesystem::temp_directory_path() /
            ("zerogap-golden-" + std::get<0>(GetParam()) + precision_.name + ".h5");
    file_ = test::world().broadcast(file_.string() + std::to_string(::getpid()), 0);
    EvaluateOptions options{(golden_.folder / "data.h5").string(), (golden_.folder / "weights.h5").string(),
                            file_.string(), golden_.overrides(precision_.name), false};
    values_ = evaluate_file(options, test::world());
  }
  ~Golden() override {
    test::world().barrier();
    if (test::world().rank() == 0) std::filesystem::remove(file_);
  }

  void check_scalar(const std::string& network, const std::string& key) {
    const double expected = golden_.expected.read<double>(network + "/" + key)[0];
    EXPECT_NEAR(values_[network][key].get<double>(), expected,
                scale(network, key) * precision_.tolerance + 1e-12)
        << network << "/" << key;
  }
  /// fp32 values that are differences of larger ones are as exact as those.
  double scale(const std::string& network, const std::string& key) const {
    const double own = std::abs(golden_.expected.read<double>(network + "/" + key)[0]);
    if (precision_.name == "fp64") return own;
    if (key == "lower_bound" || key == "hinge")
      return std::max(own, std::abs(golden_.expected.read<double>(network + "/objective")[0]));
    return own;
  }
  void check_array(const CheckpointReader& found, const std::string& path) {
    if (!golden_.expected.has(path)) return;  // left out for mnist20
    EXPECT_LE(test::relative_error(found.read<double>(path), golden_.expected.read<double>(path)),
              precision_.tolerance)
        << path;
  }

  test::GoldenCase golden_;
  Precision precision_;
  std::filesystem::path file_;
  nlohmann::ordered_json values_;
};

TEST_P(Golden, ValuesPredictionsAndGradients) {
  for (const char* network : {"primal", "mapped", "mapped_gate"})
    for (const char* key : {"fit", "reg", "objective"}) check_scalar(network, key);
  for (const char* network : {"dual", "embedded"})
    for (const char* key : {"fit", "group", "hinge", "d3", "objective", "max_violation", "max_block_norm",
                            "scale", "lower_bound"})
      check_scalar(network, key);
  const CheckpointReader found(file_);
  for (const char* network : {"primal", "mapped", "mapped_gate"})
    for (const char* array : {"/pred", "/grad_u", "/grad_v"})
      check_array(found, std::string(network) + array);
  for (const char* network : {"dual", "embedded"})
    for (const char* array : {"/pred", "/grad_w", "/grad_w_prime"})
      check_array(found, std::string(network) + array);
}

TEST_P(Golden, CertificateAtEveryWidth) {
  const auto expected = golden_.expected.read<double>("certificate/lower_bound");
  const auto objective = golden_.expected.read<double>("dual/objective")[0];
  std::vector<double> found = values_["dual"]["width_bounds"].get<std::vector<double>>();
  found.insert(found.begin(), values_["dual"]["lower_bound"].get<double>());
  ASSERT_EQ(found.size(), expected.size());
  double best = -INFINITY;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double scale =
        precision_.name == "fp64" ? std::abs(expected[i]) : std::max(std::abs(expected[i]), objective);
    EXPECT_NEAR(found[i], expected[i], scale * precision_.tolerance + 1e-12) << "width " << i;
    best = std::max(best, found[i]);
  }
  EXPECT_EQ(values_["dual"]["best_lower_bound"].get<double>(), best);
  EXPECT_DOUBLE_EQ(values_["dual"]["gap"].get<double>(), (values_["dual"]["objective"].get<double>() - best) /
                                                             values_["dual"]["objective"].get<double>());
}

TEST_P(Golden, EmbeddingKeepsThePredictionAndCostsNoMore) {
  const auto& primal = values_["primal"];
  const auto& embedded = values_["embedded"];
  EXPECT_NEAR(embedded["fit"].get<double>(), primal["fit"].get<double>(),
              precision_.tolerance * primal["fit"].get<double>() + 1e-12);
  EXPECT_LE(embedded["hinge"].get<double>(), precision_.tolerance * primal["objective"].get<double>());
  EXPECT_LE(embedded["group"].get<double>(), primal["reg"].get<double>() * (1.0 + precision_.tolerance));
}

TEST_P(Golden, RepairedPointIsAnUpperBoundOfTheConstrainedProgram) {
  EXPECT_GE(values_["dual"]["feasible_objective"].get<double>(),
            values_["dual"]["lower_bound"].get<double>());
  if (!golden_.expected.has("optimum/hard")) return;
  EXPECT_GE(values_["dual"]["feasible_objective"].get<double>(),
            golden_.expected.read<double>("optimum/hard")[0] * (1.0 - 1e-6));
  EXPECT_LE(values_["dual"]["best_lower_bound"].get<double>(),
            golden_.expected.read<double>("optimum/hinge")[0] * (1.0 + 1e-6));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, Golden, testing::Combine(testing::ValuesIn(test::golden_cases()), testing::Values("fp64", "fp32")),
    [](const auto& test) { return std::get<0>(test.param) + "_" + std::get<1>(test.param); });

}  // namespace
}  // namespace zerogap
