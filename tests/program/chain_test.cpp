// SPDX-License-Identifier: Apache-2.0
// Sweeps whose cells start from their neighbour's solution.

#include "program/sweeps.hpp"

#include <nlohmann/json.hpp>

namespace zerogap::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

/// Per lambda and seed a chain of three primal cells, per lambda one of three dual ones: 12 + 6 cells.
class Chains : public Sweeps {
 protected:
  Chains() {
    std::string text = small_sweep;
    text.replace(text.find("[2, 4]"), 6, "[8, 4, 2]");
    write_text(file(), text + "chain: network.beta\n");
  }
  json result_at(const std::string& name, const std::string& network, double beta) const {
    for (const auto& cell : fs::directory_iterator(store(name) / "cells")) {
      const json result = json::parse(text_of(cell.path() / "result.json"));
      const std::string config = result["config"];
      if (result["cell"]["network"] == network &&
          config.find("beta: " + std::to_string(static_cast<int>(beta)) + "\n") != std::string::npos)
        return result;
    }
    return {};
  }
};

TEST_F(Chains, AreTheSameBitsHereInGroupsOfRanksAndByTwoProcessesAtOnce) {
  const Ended here = sweep("here");
  ASSERT_EQ(here.code, 0) << here.err;
  EXPECT_THAT(here.err, HasSubstr("18 of 18 cells are finished"));
  expect_few_files("here");
  const std::string expected = table("here");
  const Ended groups = sweep("groups", {"sweep.ranks_per_cell=2"}, 4);
  ASSERT_EQ(groups.code, 0) << groups.err;
  EXPECT_EQ(table("groups"), expected);
  Process first(command_line(arguments("both"), 0)), second(command_line(arguments("both"), 0));
  const Ended one = first.wait(), other = second.wait();
  EXPECT_EQ(count(one.err + other.err, "\ncell "), 18) << one.err << other.err;
  EXPECT_EQ(table("both"), expected);
}

TEST_F(Chains, GoOnFromTheNeighboursSolution) {
  ASSERT_EQ(sweep("chain").code, 0);
  for (const std::string network : {"primal", "dual"}) {
    EXPECT_FALSE(result_at("chain", network, 8)["cell"].contains("start"));
    const json second = result_at("chain", network, 4);
    const std::string start = second["cell"]["start"];
    const json first = json::parse(text_of(store("chain") / "cells" / start / "result.json"));
    EXPECT_THAT(first["config"].get<std::string>(), HasSubstr("beta: 8\n"));
    EXPECT_EQ(first["cell"]["network"], network);
    // Its first evaluation is that of the neighbour's weights, by this cell's terms.
    const std::string history = text_of(store("chain") / "cells" / second["cell"]["name"] / "history.jsonl");
    const json begin = json::parse(history.substr(0, history.find('\n')));
    EXPECT_EQ(begin["epoch"], 0);
    EXPECT_NEAR(begin[network]["fit"].get<double>(), first[network]["fit"].get<double>(),
                1e-5 * first[network]["fit"].get<double>());
  }
  // Cold cells of the first place are those of a sweep without chain.
  std::string text = text_of(file());
  write_text(file(), text.erase(text.find("chain: ")));
  const Ended cold = zerogap({"sweep", file(), "--out", store("chain"), "--dry-run"});
  EXPECT_THAT(cold.out, HasSubstr("12 cells to compute, 6 finished"));
}

TEST_F(Chains, KilledAtRandomMomentsEndAsIfUndisturbed) {
  const Settings longer = {"optimizer.epochs=200", "run.evaluate_every=50"};
  const Ended whole = sweep("whole", longer);
  ASSERT_EQ(whole.code, 0) << whole.err;
  std::mt19937 random = seeded_random();
  // A store may be moved between two runs.
  const std::string names[] = {"killed", "moved"};
  for (std::size_t round = 0; round < 6; ++round) {
    sweep_and_kill(names[round % 2], longer, whole.seconds, 0, random);
    fs::rename(store(names[round % 2]), store(names[(round + 1) % 2]));
  }
  const Ended last = sweep("killed", longer);
  ASSERT_EQ(last.code, 0) << last.err;
  EXPECT_EQ(table("killed"), table("whole"));
}

TEST_F(Chains, ACellWhoseStartFailedWaitsAndSaysSo) {
  std::string text = text_of(file());
  text.replace(text.find("[0.1, 0.2]"), 10, "[1000]");
  write_text(file(), text + "sweep: {retries: 0}\n");
  const Settings drop = {"arrangements.drop_dead=true", "run.networks=[dual]"};
  const Ended ended = sweep("failing", drop);
  EXPECT_EQ(ended.code, 4);
  EXPECT_THAT(ended.err, HasSubstr("0 of 3 cells are finished, 1 failed, 2 start from failed ones"));
  const json now = status("failing");
  EXPECT_EQ(now["failed"], 3) << now;
  EXPECT_THAT(now["failures"][1]["message"].get<std::string>(), HasSubstr("it starts from cell "));
  auto alone = arguments("failing", drop);
  alone.insert(alone.end(), {"--only", now["failures"][2]["cell"].get<std::string>()});
  expect_error(zerogap(alone), 3, {"there is no solution of cell", "it is not finished", "--only "});
}

TEST_F(Chains, AlongWhatANetworkDoesNotTrainOnAreNone) {
  std::string text = small_sweep;
  text.replace(text.find("network.beta: [2, 4]"), 20, "network.rho: [0, 0.01, 0.02]");
  write_text(file(), text + "chain: network.rho\n");
  const Ended hinge = zerogap({"sweep", file(), "--out", store("x"), "--dry-run"});
  EXPECT_THAT(hinge.out, HasSubstr("18 for 12 points: 12 primal, 6 dual"));
  EXPECT_THAT(hinge.out, HasSubstr("4 start from the solution of their neighbour"));
  auto none = arguments("x", {"network.constraints=none"});
  none.emplace_back("--dry-run");
  EXPECT_THAT(zerogap(none).out, HasSubstr("6 for 12 points: 4 primal, 2 dual"));
}

TEST_F(Chains, ThatCannotWorkAreRefusedBeforeAnythingRuns) {
  expect_error(sweep("x", {"run.networks=[dual]", "optimizer.name=newton", "arrangements.pricing.rounds=1"}),
               2, {"the point", "chain and arrangements.pricing"});
  std::string text = small_sweep;
  write_text(file(), text + "chain: network.lambda\n");
  expect_error(sweep("x", {"arrangements.drop_dead=true"}), 2,
               {"the point", "chain: network.lambda and arrangements.drop_dead"});
  EXPECT_FALSE(fs::exists(store("x")));
}

/// The primal cell at beta = 4 of the first chain, and the one that starts from it.
TEST_F(Chains, ADamagedStartIsComputedAgainByItsCommand) {
  ASSERT_EQ(sweep("chain").code, 0);
  const std::string expected = table("chain");
  const json last = result_at("chain", "primal", 2);
  const std::string start = last["cell"]["start"], follower = last["cell"]["name"];
  for (const auto& file : fs::directory_iterator(store("chain") / "cells" / start / "checkpoints"))
    fs::resize_file(file.path(), 1000);
  fs::remove_all(store("chain") / "cells" / follower);
  const Ended failing = sweep("chain");
  EXPECT_EQ(failing.code, 4);
  EXPECT_THAT(failing.err,
              HasSubstr("its folder has no whole checkpoint); compute it first: --only " + start));
  EXPECT_THAT(failing.err, HasSubstr("17 of 18 cells are finished, 1 failed;"));
  auto only = arguments("chain");
  only.insert(only.end(), {"--only", start});
  EXPECT_EQ(zerogap(only).code, 0);
  only.back() = follower;
  const Ended alone = zerogap(only);
  EXPECT_EQ(alone.code, 0) << alone.err;
  EXPECT_EQ(table("chain"), expected);
}

TEST_F(Chains, ADamagedResultIsRepairedWhereverTheStoreLies) {
  ASSERT_EQ(sweep("chain").code, 0);
  const std::string expected = table("chain");
  fs::rename(store("chain"), store("moved"));
  const std::string cell = result_at("moved", "primal", 2)["cell"]["name"];
  write_text(store("moved") / "cells" / cell / "result.json", "{");
  auto again = arguments("moved");
  again.emplace_back("--retry-failed");
  const Ended ended = zerogap(again);
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(table("moved"), expected);
}

TEST_F(Chains, InOneTableWithColdCellsKeepTheirSeedsTogether) {
  ASSERT_EQ(sweep("both").code, 0);
  std::string text = text_of(file());
  write_text(folder_ / "cold.yaml", text.erase(text.find("chain: ")));
  ASSERT_EQ(zerogap({"sweep", folder_ / "cold.yaml", "--out", store("both")}).code, 0);
  const Ended both = zerogap({"collect", store("both"), "--sweep", "small", "--sweep", "cold", "--summary",
                              "--out", folder_ / "t.csv"});
  ASSERT_EQ(both.code, 0) << both.err;
  const std::string header = text_of(folder_ / "t.csv").substr(0, text_of(folder_ / "t.csv").find('\n'));
  EXPECT_THAT(header, HasSubstr(",chain"));
  EXPECT_THAT(header, ::testing::Not(HasSubstr(",start")));
  // Of the primal, per beta and lambda two seeds, cold and chained, but for the first beta's: 2 + 2 * 4 rows.
  EXPECT_EQ(count(both.out, "\nprimal"), 10) << both.out;
}

TEST_F(Chains, ADivergedNeighbourIsPassedOver) {
  const Ended ended = sweep("diverging", {"run.networks=[primal]", "optimizer.primal.lr=1e35"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(status("diverging")["diverged"], 12);
}

}  // namespace
}  // namespace zerogap::test
