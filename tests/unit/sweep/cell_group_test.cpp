// SPDX-License-Identifier: Apache-2.0
// What a group of one rank makes of the ways in which a cell may end.

#include "sweep/cell_group.hpp"

#include <new>
#include <stdexcept>

#include "unit/sweep/support.hpp"

namespace zerogap {
namespace {

using ::testing::HasSubstr;

class CellGroups : public ::testing::Test {
 protected:
  /// How the group comes out of work that throws this.
  template <class Failure>
  Outcome thrown(const Failure& failure) {
    return group_.run([&](Communicator&) -> ExitCode { throw failure; });
  }

  std::unique_ptr<Communicator> world_ = make_serial();
  CellGroup group_{*world_, 1};
};

TEST_F(CellGroups, OfOneRankLeadThemselves) {
  EXPECT_TRUE(group_.leads());
  EXPECT_EQ(group_.size(), 1);
  EXPECT_EQ(group_.number(), 0);
  EXPECT_EQ(group_.on_leader([] { return "text"; }), "text");
  EXPECT_THROW(group_.on_leader([]() -> std::string { throw usage_error("a", "b", "c"); }), Error);
}

TEST_F(CellGroups, NeedRanksThatTheirSizeDivides) {
  test::expect_error(ExitCode::usage, {"1 ranks do not make groups of 2", "sweep.ranks_per_cell is 2"},
                     [&] { CellGroup(*world_, 2); });
}

TEST_F(CellGroups, PassOnHowWorkEnded) {
  for (const ExitCode code : {ExitCode::done, ExitCode::stopped}) {
    const Outcome outcome = group_.run([&](Communicator& ranks) {
      EXPECT_EQ(ranks.size(), 1);
      return code;
    });
    EXPECT_EQ(outcome.code, code);
    EXPECT_EQ(outcome.message, "");
    EXPECT_FALSE(outcome.diverged);
  }
}

TEST_F(CellGroups, TellFailuresOfACellFromItsDivergence) {
  const Outcome failed = thrown(data_error("a file", "is damaged", "replace it"));
  EXPECT_EQ(failed.code, ExitCode::data);
  EXPECT_EQ(failed.message, "a file (is damaged); replace it");
  EXPECT_FALSE(failed.diverged);
  const Outcome diverged = thrown(Diverged("the loss", "is not finite"));
  EXPECT_EQ(diverged.code, ExitCode::runtime);
  EXPECT_EQ(diverged.message, "the loss (is not finite)");
  EXPECT_TRUE(diverged.diverged);
}

TEST_F(CellGroups, TakeWhatNobodyExpectedForAFailureOfTheCell) {
  const Outcome full = thrown(std::bad_alloc());
  EXPECT_EQ(full.code, ExitCode::runtime);
  EXPECT_THAT(full.message,
              HasSubstr("out of memory (an allocation failed); raise sweep.ranks_per_cell, or "));
  EXPECT_EQ(thrown(std::logic_error("odd")).message, "unexpected failure (odd)");
}

}  // namespace
}  // namespace zerogap
