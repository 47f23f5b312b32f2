// SPDX-License-Identifier: Apache-2.0
#include "comm/overlap.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace zerogap {
namespace {

TEST(CutTiles, GivesWholeTilesOnce) {
  EXPECT_EQ(cut_tiles(10, 4, 2), (std::vector<Range>{{0, 8}, {8, 10}}));
  EXPECT_EQ(cut_tiles(10, 4, 8), (std::vector<Range>{{0, 4}, {4, 8}, {8, 10}}));
  EXPECT_EQ(cut_tiles(10, 4, 1), (std::vector<Range>{{0, 10}}));
  EXPECT_EQ(cut_tiles(3, 16, 8), (std::vector<Range>{{0, 3}}));
  EXPECT_TRUE(cut_tiles(0, 4, 8).empty());
  for (const std::int64_t count : {1, 15, 16, 17, 511, 1000})
    for (const std::int64_t tile : {1, 8, 16})
      for (const std::int64_t chunks : {1, 3, 8}) {
        std::int64_t next = 0;
        const auto ranges = cut_tiles(count, tile, chunks);
        EXPECT_LE(static_cast<std::int64_t>(ranges.size()), chunks);
        for (const Range range : ranges) {
          EXPECT_EQ(range.first, next);
          EXPECT_GT(range.count(), 0);
          EXPECT_TRUE(range.last == count || range.last % tile == 0);
          next = range.last;
        }
        EXPECT_EQ(next, count);
      }
}

TEST(ChunksFor, GrowWithTheBytes) {
  EXPECT_EQ(chunks_for(0), 1);
  EXPECT_EQ(chunks_for((1 << 20) - 1), 1);
  EXPECT_EQ(chunks_for(1 << 20), 2);
  EXPECT_EQ(chunks_for(7 << 20), 8);
  EXPECT_EQ(chunks_for(std::size_t{1} << 40), 8);
}

/// A group whose sums take 40 ms, whatever the processor does meanwhile.
class SlowSum final : public Request {
 public:
  void wait() override { std::this_thread::sleep_until(end_); }
  bool done() override { return Clock::now() >= end_; }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point end_ = Clock::now() + std::chrono::milliseconds(40);
};

class SlowGroup final : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 2; }
  std::string name() const override { return "slow"; }
  void sum(std::span<std::int64_t>) override {}
  std::unique_ptr<Request> start_sum(Memory&, std::span<std::int64_t>) override {
    return std::make_unique<SlowSum>();
  }
  void max(std::span<double>) override {}
  void max(std::span<std::int64_t>) override {}
  void broadcast(std::span<std::byte>, int) override {}
  std::vector<std::string> all_gather_text(const std::string& text) override { return {text}; }
  void barrier() override {}
  std::unique_ptr<Communicator> split(int, const std::string&) override { return make_serial(); }
};

OverlapTimes measure(std::int64_t chunks, int work_milliseconds) {
  SlowGroup group;
  std::vector<std::int64_t> array(4);
  OverlappedSums sums(group, host_memory(), chunks);
  sums.run(4, 1, std::vector{std::span(array)}, [&](Range range) {
    std::this_thread::sleep_for(std::chrono::milliseconds(work_milliseconds * range.count()));
  });
  return sums.times();
}

TEST(OverlapTimes, SayHowMuchOfTheSumsWasBehindWork) {
  const OverlapTimes alone = measure(1, 1);
  EXPECT_EQ(alone.hidden_share(), 0.0);
  EXPECT_NEAR(alone.in_flight, 0.040, 0.020);
  // Two sums of 40 ms, the first behind 60 ms of work: it is seen to be over when the work is.
  const OverlapTimes half = measure(2, 30);
  EXPECT_NEAR(half.in_flight, 0.100, 0.050);
  EXPECT_NEAR(half.waiting, 0.040, 0.020);
  EXPECT_GT(half.hidden_share(), 0.4);
  EXPECT_EQ(OverlapTimes{}.hidden_share(), 0.0);
}

}  // namespace
}  // namespace zerogap
