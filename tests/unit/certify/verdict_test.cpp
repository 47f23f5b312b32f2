// SPDX-License-Identifier: Apache-2.0
#include "certify/verdict.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace zerogap {
namespace {

/// A run in perfect order but for its form: nothing explains its gap.
VerdictNumbers form_limited() {
  VerdictNumbers n;
  n.zero = 1000.0;
  n.primal = 100.0;
  n.certificate = Certificate::proved(40.0);
  n.estimate = Estimate(60.0);
  n.program = 120.0;
  n.program_bound = Certificate::proved(119.99);
  n.with_filters = 119.95;
  n.block_price = 1.0;
  n.mapped = 100.0;
  n.all_filters_used = true;
  n.filter_price = 1.0;
  return n;
}

Verdict verdict(const VerdictNumbers& n) { return judge(n).verdict; }

TEST(Verdict, IsTheFirstThatFits) {
  auto n = form_limited();
  EXPECT_EQ(verdict(n), Verdict::form_limited);
  n.mapped = 99.0;
  EXPECT_EQ(verdict(n), Verdict::optimiser_limited);
  n.filter_price = 1.1;
  EXPECT_EQ(verdict(n), Verdict::width_limited);
  n.block_price = 1.2;
  EXPECT_EQ(verdict(n), Verdict::sampling_limited);
  n.with_filters = 90.0;
  EXPECT_EQ(verdict(n), Verdict::sampling_limited);
  n.program_bound = Certificate::proved(100.0);
  EXPECT_EQ(verdict(n), Verdict::unsolved);
  n.certificate = Certificate::proved(99.95);
  EXPECT_EQ(verdict(n), Verdict::closed);
  n.primal = 1100.0;
  EXPECT_EQ(verdict(n), Verdict::diverged);
  n.dead = true;
  EXPECT_EQ(verdict(n), Verdict::dead);
}

TEST(Verdict, IdleFiltersAreNoWidthLimit) {
  auto n = form_limited();
  n.filter_price = 2.0;
  n.all_filters_used = false;
  EXPECT_EQ(verdict(n), Verdict::form_limited);
}

TEST(Verdict, AnEstimateClosesNothing) {
  auto n = form_limited();
  n.estimate = Estimate(n.primal);  // as a primal stuck at a saddle may have it
  EXPECT_EQ(verdict(n), Verdict::form_limited);
  n.certificate = {};
  EXPECT_EQ(verdict(n), Verdict::form_limited);
}

TEST(Verdict, WhatIsNotKnownIsNotSolved) {
  auto n = form_limited();
  n.program = VerdictNumbers::unknown;
  n.program_bound = {};
  EXPECT_EQ(verdict(n), Verdict::unsolved);
  n.primal = std::numeric_limits<double>::infinity();
  EXPECT_EQ(verdict(n), Verdict::diverged);
}

TEST(Verdict, ToleranceDecides) {
  auto n = form_limited();
  n.mapped = 99.95;
  EXPECT_EQ(verdict(n), Verdict::form_limited);
  n.tolerance = 1e-4;
  EXPECT_EQ(verdict(n), Verdict::sampling_limited);  // 119.95 < 120
  n.with_filters = 120.0;
  EXPECT_EQ(verdict(n), Verdict::optimiser_limited);
}

TEST(Verdict, SaysNumbersAndTheOneThingThatWouldChangeIt) {
  auto n = form_limited();
  n.with_filters = 90.0;
  const auto judgement = judge(n);
  EXPECT_NE(judgement.because.find("120 to 90, by 25%"), std::string::npos) << judgement.because;
  EXPECT_NE(judgement.change.find("arrangements.source primal"), std::string::npos);
  EXPECT_EQ(name_of(judgement.verdict), "sampling-limited");
}

}  // namespace
}  // namespace zerogap
