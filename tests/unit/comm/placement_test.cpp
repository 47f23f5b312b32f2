// SPDX-License-Identifier: Apache-2.0
#include "comm/placement.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"

namespace zerogap {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::vector<std::string> two{"0", "1"};

std::string refusal(const std::vector<RankSite>& sites) {
  try {
    check_placement(place_ranks(sites));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::usage);
    return error.what();
  }
  return "none";
}

TEST(Placement, DealsOutAHostsGpusByLocalRank) {
  const auto ranks = place_ranks({{"a", two}, {"b", two}, {"a", two}, {"b", two}});
  const std::vector<Placement> expected{
      {"a", 0, 2, 0, "0"}, {"b", 0, 2, 0, "0"}, {"a", 1, 2, 1, "1"}, {"b", 1, 2, 1, "1"}};
  EXPECT_EQ(ranks, expected);
  EXPECT_EQ(shared_gpu(ranks), "");
  EXPECT_EQ(describe(ranks),
            "rank 0 host a: GPU 0; rank 1 host b: GPU 0; rank 2 host a: GPU 1; rank 3 host b: GPU 1");
}

TEST(Placement, OfAGroupBeginsAtItsTurnInTheJob) {
  const std::vector<std::string> four = {"0", "1", "2", "3"};
  const auto second_pair = place_ranks({{"a", four, 2}, {"a", four, 3}});
  EXPECT_EQ(second_pair[0].device, 2);
  EXPECT_EQ(second_pair[1].device, 3);
  EXPECT_EQ(place_ranks({{"a", two, 3}})[0].device, 1);
  EXPECT_EQ(place_ranks({{"a", {"0000:65"}, 3}})[0].device, 0);
  // Whatever the turns, ranks of a group that see the same GPUs do not share one needlessly.
  const auto odd = place_ranks({{"a", two, 0}, {"a", {"2", "3"}, 1}, {"a", two, 2}, {"a", {"2", "3"}, 3}});
  EXPECT_EQ(shared_gpu(odd), "");
}

TEST(Placement, TakesWhatTheBatchSystemShowsToEachRank) {
  const auto ranks = place_ranks({{"a", {"0000:17"}}, {"a", {"0000:65"}}});
  EXPECT_EQ(ranks[0], (Placement{"a", 0, 2, 0, "0000:17"}));
  EXPECT_EQ(ranks[1], (Placement{"a", 1, 2, 0, "0000:65"}));
  EXPECT_NO_THROW(check_placement(ranks));
}

TEST(Placement, OfSeveralRanksOnOneGpuIsRefusedForNccl) {
  const auto crowded = std::vector<RankSite>{{"a", two}, {"a", two}, {"a", two}, {"b", two}};
  EXPECT_EQ(place_ranks(crowded)[2].device, 0);
  EXPECT_THAT(refusal(crowded),
              AllOf(HasSubstr("(ranks 0 and 2 on host a share GPU 0)"), HasSubstr("--set run.comm=mpi")));
  EXPECT_THAT(refusal({{"a", {"0"}}, {"a", {"0"}}, {"a", {"0"}}}), HasSubstr("ranks 0, 1 and 2 on host a"));
}

TEST(Placement, WithoutGpusIsRefusedForNccl) {
  EXPECT_THAT(refusal({{"a", two}, {"b", {}}}),
              AllOf(HasSubstr("(rank 1 on host b sees none)"), HasSubstr("--set run.comm=mpi")));
  EXPECT_EQ(describe(place_ranks({{"b", {}}})), "rank 0 host b: no GPU");
}

const RankReach both{{"0", "1"}, {"0", "1"}};

std::string unreached(const std::vector<RankSite>& sites, const std::vector<RankReach>& reach) {
  return unreached_gpus(place_ranks(sites), reach);
}

TEST(Reach, IsNotSpokenOfWhereAllReachEachOther) {
  EXPECT_EQ(unreached({{"a", two}}, {both}), "");
  EXPECT_EQ(unreached({{"a", two}, {"a", two}}, {both, both}), "");
  EXPECT_EQ(unreached({{"a", two}, {"b", two}, {"a", two}, {"b", two}}, {both, both, both, both}), "");
  // GPUs of different hosts are left to NCCL, whatever their names.
  const RankReach alone{{"0"}, {}};
  EXPECT_EQ(unreached({{"a", {"0"}}, {"b", {"0"}}, {"c", {"1"}}}, {alone, alone, {{"1"}, {}}}), "");
}

TEST(Reach, EndsWhereEachProcessIsShownGpusOfItsOwn) {
  const RankReach first{{"0000:17"}, {}}, second{{"0000:65"}, {}};
  EXPECT_EQ(
      unreached({{"a", {"0000:17"}}, {"a", {"0000:65"}}}, {first, second}),
      "ranks 0 and 1 on host a do not all see each other's GPU (the processes are shown different ones), so "
      "that "
      "NCCL may sum through the host's memory instead of NVLink; ask Slurm for a host's GPUs "
      "(--gpus-per-node, no --gpus-per-task or --gpu-bind; docs/clusters.md) and show every rank all of "
      "them (CUDA_VISIBLE_DEVICES)");
  // One way is not enough.
  EXPECT_THAT(unreached({{"a", {"0000:17", "0000:65"}}, {"a", {"0000:65"}}},
                        {{{"0000:17", "0000:65"}, {"0000:65"}}, second}),
              HasSubstr("ranks 0 and 1 on host a do not all see"));
  // Two pairs: within a pair all is well.
  const RankReach low{{"0", "1"}, {"0", "1"}}, high{{"2", "3"}, {"2", "3"}};
  EXPECT_THAT(unreached({{"a", {"0", "1"}}, {"a", {"0", "1"}}, {"a", {"2", "3"}}, {"a", {"2", "3"}}},
                        {low, low, high, high}),
              HasSubstr("ranks 0, 1, 2 and 3 on host a"));
}

TEST(Reach, EndsWithoutPeerAccess) {
  const RankReach apart{two, {}};
  EXPECT_EQ(
      unreached({{"a", two}, {"a", two}}, {apart, apart}),
      "ranks 0 and 1 on host a do not all reach each other's GPU (CUDA has no peer access between them), "
      "so that NCCL sums through the host's memory; see nvidia-smi topo -m, and choose GPUs that are "
      "connected (CUDA_VISIBLE_DEVICES)");
  EXPECT_THAT(unreached({{"a", two}, {"a", two}}, {both, apart}), HasSubstr("no peer access"));
}

TEST(Reach, IsNotAskedOfRanksThatShareACard) {
  const RankReach one{{"0"}, {}};
  EXPECT_EQ(unreached({{"a", {"0"}}, {"a", {"0"}}}, {one, one}), "");
}

TEST(Reach, TellsOfOneHostAndCountsTheOthers) {
  const RankReach first{{"0"}, {}}, second{{"1"}, {}};
  const std::vector<RankSite> sites{{"a", two},   {"a", two},   {"b", {"0"}}, {"b", {"1"}},
                                    {"c", {"0"}}, {"c", {"1"}}, {"d", {"0"}}, {"d", {"1"}}};
  const auto text = unreached(sites, {both, both, first, second, first, second, first, second});
  EXPECT_THAT(text, AllOf(HasSubstr("ranks 2 and 3 on host b"), HasSubstr("[and on 2 more hosts]"),
                          testing::Not(HasSubstr("host a"))));
}

}  // namespace
}  // namespace zerogap
