// SPDX-License-Identifier: Apache-2.0
// Evaluations as JSON and back: a resumed run reports the same about the evaluation before it.

#include "evaluation/evaluation_json.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "model/form.hpp"

namespace zerogap {
namespace {

Evaluation evaluation(bool hard) {
  Evaluation all;
  auto& primal = all.primal.emplace();
  primal.form = NetworkForm::relative;
  primal.train = {0.1 + 0.2, 1.0 / 3.0};
  primal.psnr = std::numeric_limits<double>::infinity();
  primal.filters = 3;
  primal.width = 4;
  primal.active = false;
  primal.gradient_norm = 1e-300;
  all.mapped = primal;
  all.mapped->gradient_norm.reset();
  all.mapped->test = PrimalValues{1.0, 2.0};
  all.mapped->test_psnr = 20.5;
  auto& dual = all.dual.emplace();
  dual.train = {0.1, 0.7, 1.0 / 7.0, 0.25};
  dual.rho = 0.3;
  dual.hard = hard;
  dual.relative_violation = hard ? 1.0 / 9.0 : 0.0;
  dual.feasible_objective = 1.1;
  dual.blocks = 5;
  dual.psnr = 21.0;
  dual.test = dual.train;
  all.embedded = dual;
  return all;
}

TEST(EvaluationJson, GivesBackEveryBit) {
  for (const bool hard : {false, true}) {
    const auto written = to_json(evaluation(hard));
    const auto read = evaluation_from_json(nlohmann::ordered_json::parse(written.dump()));
    EXPECT_EQ(to_json(read).dump(), written.dump());
    EXPECT_EQ(read.dual->objective(), evaluation(hard).dual->objective());
    EXPECT_EQ(read.dual->hard, hard);
    EXPECT_EQ(read.primal->form, NetworkForm::relative);
    EXPECT_FALSE(read.mapped_gate);
  }
}

TEST(EvaluationJson, KnowsEveryForm) {
  for (const NetworkForm form : all_forms) {
    auto given = evaluation(false);
    given.primal->form = form;
    EXPECT_EQ(evaluation_from_json(to_json(given)).primal->form, form);
  }
}

TEST(EvaluationJson, ReadsWhatHasNoRho) {
  auto json = to_json(evaluation(false));
  json["dual"].erase("rho");
  EXPECT_NEAR(evaluation_from_json(json).dual->objective(), evaluation(false).dual->objective(), 1e-15);
}

TEST(EvaluationJson, RefusesWhatNobodyWrote) {
  auto json = to_json(evaluation(false));
  json["dual"].erase("fit");
  EXPECT_THROW(evaluation_from_json(json), nlohmann::json::exception);
  json = to_json(evaluation(false));
  json["primal"]["filters"] = "many";
  EXPECT_THROW(evaluation_from_json(json), nlohmann::json::exception);
}

}  // namespace
}  // namespace zerogap
