// SPDX-License-Identifier: Apache-2.0
// Sweeps whose cells start from their neighbour's solution, by several processes and killed ones; what one
// process makes of them is tested in tests/unit/sweep.

#include "program/sweeps.hpp"

namespace zerogap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// Per lambda and seed a chain of three primal cells, per lambda one of three dual ones: 12 + 6 cells.
class Chains : public Sweeps {
 protected:
  Chains() {
    std::string text = small_sweep;
    text.replace(text.find("[2, 4]"), 6, "[8, 4, 2]");
    write_text(file(), text + "chain: network.beta\n");
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

}  // namespace
}  // namespace zerogap::test
