// Sweeps whose cells start from their neighbour's solution.

#include "program/sweeps.hpp"

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

TEST_F(Chains, ADivergedNeighbourIsPassedOver) {
  const Ended ended = sweep("diverging", {"run.networks=[primal]", "optimizer.primal.lr=1e35"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(status("diverging")["diverged"], 12);
}

}  // namespace
}  // namespace zerogap::test
