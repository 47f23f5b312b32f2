// SPDX-License-Identifier: Apache-2.0
#include "certify/verdict.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace zerogap {
namespace {

/// A run on J = 100 whose proved gap of 60% is 6% the optimiser, 12% the filters, 18%
/// not solved and 24% not proved.
VerdictNumbers open_gap() {
  VerdictNumbers n;
  n.zero = 1000.0;
  n.primal = 100.0;
  n.built = 94.0;
  n.solved = 82.0;
  n.estimate = Estimate(64.0);
  n.certificate = Certificate::proved(40.0);
  n.trust = {1024, 3, 800};
  n.width = 10;
  n.wanted = 12;
  n.program = 120.0;
  n.program_bound = Certificate::proved(119.99);
  n.with_filters = 119.95;
  n.block_price = 1.0;
  return n;
}

std::string network(const VerdictNumbers& n) { return judge_network(n).name; }
std::string blocks(const VerdictNumbers& n) { return judge_blocks(n).name; }

TEST(GapParts, AddUpToTheProvedGap) {
  auto n = open_gap();
  n.share_at_zero = 0.25;
  const auto part = gap_parts(n);
  EXPECT_DOUBLE_EQ(part.optimiser, 0.06);
  EXPECT_DOUBLE_EQ(part.filters, 0.09);
  EXPECT_DOUBLE_EQ(part.at_zero, 0.03);
  EXPECT_DOUBLE_EQ(part.unsolved, 0.18);
  EXPECT_DOUBLE_EQ(part.unproved, 0.24);
  EXPECT_DOUBLE_EQ(part.estimated(), 0.36);
  EXPECT_DOUBLE_EQ(part.proved(), 0.60);
}

TEST(GapParts, ARunBetterThanWhatWasBuiltOwesNothingToTheOptimiser) {
  auto n = open_gap();
  n.primal = 80.0;  // below the solution that was found of its program, too
  const auto part = gap_parts(n);
  EXPECT_EQ(part.optimiser, 0.0);
  EXPECT_EQ(part.filters, 0.0);
  EXPECT_DOUBLE_EQ(part.unsolved, 0.2);
  EXPECT_DOUBLE_EQ(part.proved(), 0.5);
}

TEST(Verdict, NamesTheGreatestPart) {
  auto n = open_gap();
  EXPECT_EQ(network(n), "unsolved");
  n.solved = 70.0;
  EXPECT_EQ(network(n), "width-limited");
  EXPECT_EQ(judge_network(n).change, "network.filters 12");
  n.share_at_zero = 0.75;
  EXPECT_EQ(network(n), "form-limited");
  EXPECT_NE(judge_network(n).because.find("unlimited length"), std::string::npos);
  n.share_at_zero = 0.0;
  n.width = 12;
  EXPECT_EQ(network(n), "form-limited");
  EXPECT_NE(judge_network(n).because.find("whole numbers"), std::string::npos);
  n.built = 71.0;
  EXPECT_EQ(network(n), "optimiser-limited");
}

TEST(Verdict, WhatIsKnownOfTheGapComesFirst) {
  auto n = open_gap();
  n.certificate = Certificate::proved(99.63);
  n.estimate = Estimate(99.8);
  n.solved = n.built = 99.82;
  EXPECT_EQ(judge_network(n).because.find("the objective 100 is proved to be within 0.370% of this network's "
                                          "optimum, and estimated to be within 0.200%"),
            0)
      << judge_network(n).because;
}

TEST(Verdict, OnlyACertificateCloses) {
  auto n = open_gap();
  n.certificate = Certificate::proved(99.95);
  EXPECT_EQ(network(n), "closed");
  n.certificate = {};
  EXPECT_NE(network(n), "closed");
  n.estimate = Estimate(99.95);
  EXPECT_EQ(network(n), "closed-estimate");
  const auto said = judge_network(n).because;
  EXPECT_NE(said.find("3 of 1024 random starts ended at the best of 800 maxima"), std::string::npos) << said;
  EXPECT_NE(said.find("more are expected"), std::string::npos) << said;
  n.trust = {1024, 1000, 2};
  EXPECT_NE(judge_network(n).because.find("fewer than half"), std::string::npos);
}

TEST(Verdict, UselessNetworksAreNamedBeforeAnyGap) {
  auto n = open_gap();
  n.primal = 1100.0;
  EXPECT_EQ(network(n), "diverged");
  n.primal = std::numeric_limits<double>::infinity();
  EXPECT_EQ(network(n), "diverged");
  n.dead = true;
  EXPECT_EQ(network(n), "dead");
  n.primal = n.zero;
  EXPECT_EQ(network(n), "dead");
  n.certificate = Certificate::proved(n.zero);  // the zero network is the optimum
  EXPECT_EQ(network(n), "closed");
}

TEST(Verdict, ToleranceDecides) {
  auto n = open_gap();
  n.certificate = Certificate::proved(99.95);
  n.tolerance = 1e-4;
  EXPECT_NE(network(n), "closed");
  EXPECT_EQ(blocks(n), "sampling-limited");  // 119.95 < 120
  n.tolerance = 1e-3;
  EXPECT_EQ(blocks(n), "solved");
}

TEST(Verdict, OfTheBlocksIsTheFirstThatFits) {
  auto n = open_gap();
  EXPECT_EQ(blocks(n), "solved");
  n.block_price = 1.2;
  EXPECT_EQ(blocks(n), "sampling-limited");
  n.with_filters = 90.0;
  const auto judgement = judge_blocks(n);
  EXPECT_NE(judgement.because.find("120 to 90, by 25.0%"), std::string::npos) << judgement.because;
  EXPECT_NE(judgement.change.find("arrangements.source primal"), std::string::npos);
  n.program_bound = Certificate::proved(100.0);
  EXPECT_EQ(blocks(n), "unsolved");
  n.program = VerdictNumbers::unknown;
  n.program_bound = {};
  EXPECT_EQ(blocks(n), "unsolved");
}

}  // namespace
}  // namespace zerogap
