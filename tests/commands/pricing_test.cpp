// SPDX-License-Identifier: Apache-2.0
// Runs whose blocks change: what they record, that they go on where they were stopped, to the last bit and on
// another grid, and that searched blocks are worth more than further random ones.

#include <nlohmann/json.hpp>
#include "checkpoint/checkpoint.hpp"

#include "data/hdf5_file.hpp"
#include "program/runs.hpp"

namespace zerogap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const Settings kPricing = {"run.networks=[dual]",         "optimizer.epochs=300",
                           "optimizer.name=newton",       "run.stop.gap=1e-4",
                           "arrangements.pricing.add=3",  "arrangements.pricing.starts=64",
                           "arrangements.pricing.steps=8"};
const Settings kStopAtOnce = {"run.stop.seconds=1e-9"};

Settings operator+(Settings a, const Settings& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Records without times.
nlohmann::json records_of(const Training& run) {
  auto result = run.result();
  nlohmann::json records{{"curve", result["sampling_curve"]}, {"pricing", result["pricing"]}};
  for (auto* list : {&records["curve"], &records["pricing"]["rounds"]})
    for (auto& record : *list) record.erase("seconds");
  return records;
}

class Pricing : public ::testing::Test {
 protected:
  /// Goes back to a checkpoint inside the first round of pricing, goes on on other grids, stopped once more
  /// on the way, and compares with an undisturbed run.
  void expect_same_after_stops(const Settings& more) {
    const Settings settings = kPricing + Settings{"arrangements.pricing.rounds=2"} + more;
    const Training whole(folder_ / "whole", settings), parts(folder_ / "parts", settings);
    const Ended undisturbed = whole.train();
    ASSERT_EQ(undisturbed.code, 0) << undisturbed.err;
    ASSERT_EQ(parts.train({"run.checkpoint.every=1", "run.checkpoint.keep=1000"}).code, 0);
    go_back_into_a_round(parts);
    ASSERT_EQ(parts.resume(kStopAtOnce + Settings{"run.grid.patches=2", "run.grid.arrangements=1"}, 2).code,
              75);
    EXPECT_NE(rounds_at(parts.newest()).find("\"round\":1"), std::string::npos);
    const Ended last = parts.resume({"run.grid.patches=1", "run.grid.arrangements=2"}, 2);
    ASSERT_EQ(last.code, 0) << last.err;
    expect_same_end(whole, parts);
    EXPECT_EQ(records_of(whole), records_of(parts));
  }

  static std::string rounds_at(const fs::path& checkpoint) {
    return CheckpointReader(checkpoint).text("position/rounds");
  }
  /// As an interruption after the first step of round 1 leaves the folder.
  static void go_back_into_a_round(const Training& run) {
    fs::remove(run.folder() / "result.json");
    std::size_t inside = 0;
    for (const auto& generation : list_generations(run.folder() / "checkpoints"))
      if (inside == 2)
        fs::remove(generation.file);
      else if (rounds_at(generation.file).find("\"round\":1") != std::string::npos)
        ++inside;
    ASSERT_EQ(inside, 2u);
  }

  Folder folder_;
};

TEST_F(Pricing, GoesOnInTheMiddleOfARound) { expect_same_after_stops({}); }

TEST_F(Pricing, GoesOnAfterASamplingCurveInDoublePrecisionWithoutHinge) {
  expect_same_after_stops({"network.rho=0", "run.precision=fp64", "arrangements.pricing.doublings=1",
                           "network.beta_units=beta_max", "network.beta=0.01"});
}

TEST_F(Pricing, RecordsSayWhatBlocksBrought) {
  const Training run(folder_ / "run", kPricing + Settings{"network.rho=0", "arrangements.pricing.rounds=2",
                                                          "arrangements.pricing.doublings=2"});
  const Ended ended = run.train();
  ASSERT_EQ(ended.code, 0) << ended.err;
  const auto result = run.result();
  const auto& curve = result["sampling_curve"];
  ASSERT_EQ(curve.size(), 3u);
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(curve[k]["P"], 12 << k);
    EXPECT_LE(curve[k]["gap"], 1e-4);
    if (k > 0) {
      EXPECT_LE(curve[k]["lower_bound"], curve[k - 1]["objective"]);
    }
  }
  const auto& rounds = result["pricing"]["rounds"];
  ASSERT_EQ(rounds.size(), 3u);
  EXPECT_EQ(rounds[0]["P"], 12);
  EXPECT_NEAR(rounds[0]["objective"].get<double>(), curve[0]["objective"].get<double>(),
              2e-4 * curve[0]["objective"].get<double>());
  for (std::size_t r = 1; r < 3; ++r) {
    EXPECT_EQ(rounds[r]["P"].get<int>(), rounds[r - 1]["P"].get<int>() + rounds[r]["added"].get<int>() -
                                             rounds[r]["dropped"].get<int>());
    EXPECT_GT(rounds[r]["price"], 1.0);
    EXPECT_GT(rounds[r]["fall"], 0.0);
  }
  // Three searched blocks bring more than twelve random ones.
  EXPECT_LT(rounds[1]["objective"], curve[1]["objective"]);
  EXPECT_EQ(result["pricing"]["ended"], "rounds");
  EXPECT_LT(result["pricing"]["estimated_lower_bound"], rounds[2]["objective"]);
  EXPECT_FALSE(result.contains("path"));
  EXPECT_EQ(result["dual"]["objective"], rounds[2]["objective"]);
}

/// lambda = 0 and rho = 0: every gate is open, and one block is as good as any.
TEST_F(Pricing, EndsWhereTheSearchFindsNothing) {
  const Training run(folder_ / "run", kPricing + Settings{"network.rho=0", "network.lambda=0",
                                                          "arrangements.pricing.rounds=5"});
  const Ended ended = run.train();
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("found no block worth adding"));
  EXPECT_THAT(ended.err, HasSubstr("not a proof"));
  EXPECT_EQ(run.result()["pricing"]["ended"], "none found");
  EXPECT_EQ(run.result()["pricing"]["rounds"].size(), 1u);
}

/// For patches of one number longer vectors are better ones, without end; rounding must not follow them.
TEST_F(Pricing, LengthsThatGrowWithoutEndKeepTheCertificate) {
  const std::string path = (folder_ / "numbers.h5").string();
  auto file = Hdf5Arrays::create(path);
  file.write("patches", {5, 1}, std::vector{-2.0, -1.0, 0.3, 1.0, 2.0});
  file.write("target", {5}, std::vector{-1.5, -1.0, 0.2, 1.1, 1.9});
  file.close();
  const Training run(folder_ / "run",
                     kPricing + Settings{"data.source=hdf5", "data.path=" + path, "data.images=0",
                                         "data.test_images=0", "network.lambda=0.1", "network.beta=0.01",
                                         "network.rho=0.01", "network.arrangements=4", "run.precision=fp64",
                                         "arrangements.pricing.rounds=3", "arrangements.pricing.steps=30",
                                         "arrangements.pricing.starts=1024", "arrangements.pricing.add=8"});
  const Ended ended = run.train();
  ASSERT_EQ(ended.code, 0) << ended.err;
  const auto rounds = run.result()["pricing"]["rounds"];
  for (const auto& round : rounds) EXPECT_LE(round["gap"], 1e-4) << round;
  EXPECT_GT(rounds.size(), 1u);
}

TEST_F(Pricing, FiltersOfAnotherShapeAreRefused) {
  const Training other(folder_ / "other",
                       {"run.networks=[primal]", "optimizer.epochs=1", "patches.filter=5"});
  ASSERT_EQ(other.train().code, 0);
  const Training run(folder_ / "run",
                     kPricing + Settings{"arrangements.pricing.rounds=1",
                                         "arrangements.pricing.filters=" + other.newest().string()});
  expect_error(run.train(), 3, {"arrangements.pricing.filters", "primal/u must have rows of 9"});
}

}  // namespace
}  // namespace zerogap::test
