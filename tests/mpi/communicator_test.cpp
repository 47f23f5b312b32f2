// SPDX-License-Identifier: Apache-2.0
// Sums of resident arrays over MPI, and work that overlaps with them: in host memory and staged from a
// device.

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

#include "comm/overlap.hpp"
#include "comm/placement.hpp"
#include "core/error.hpp"
#include "support/fake_device.hpp"
#include "support/terms.hpp"
#include "support/world.hpp"

namespace zerogap {
namespace {

using test::sums_of;
using test::terms;
using test::world;

TEST(Reduce, SumsAndMaximaInOneMessage) {
  const auto rank = static_cast<std::int64_t>(world().rank()),
             size = static_cast<std::int64_t>(world().size());
  for (const std::size_t count : {0, 1, 67}) {
    std::vector<std::int64_t> sums(count), maxima{-5 - rank, rank, std::int64_t{1} << 62};
    for (std::size_t i = 0; i < count; ++i) sums[i] = (rank + 1) * static_cast<std::int64_t>(i + 1);
    world().reduce(sums, maxima);
    for (std::size_t i = 0; i < count; ++i)
      EXPECT_EQ(sums[i], size * (size + 1) / 2 * static_cast<std::int64_t>(i + 1));
    EXPECT_EQ(maxima, (std::vector<std::int64_t>{-5, size - 1, std::int64_t{1} << 62}));
    std::vector<std::int64_t> none;
    world().reduce(sums, none);
  }
}

TEST(AllGather, PutsTheValuesOfAllRanksInTheirOrder) {
  const int rank = world().rank(), size = world().size();
  std::vector<double> mine(static_cast<std::size_t>(rank), 0.5 + rank), wanted;  // rank 0 has none
  for (int r = 0; r < size; ++r) wanted.insert(wanted.end(), static_cast<std::size_t>(r), 0.5 + r);
  if (rank == size - 1) mine.push_back(std::numeric_limits<double>::quiet_NaN());
  const auto in_one = world().all_gather(mine), by_broadcasts = world().Communicator::all_gather(mine);
  for (const auto& all : {in_one, by_broadcasts}) {
    ASSERT_EQ(all.size(), wanted.size() + 1);
    EXPECT_TRUE(std::isnan(all.back()));
    EXPECT_EQ(std::vector<double>(all.begin(), all.end() - 1), wanted);
  }
}

class ResidentSums : public testing::TestWithParam<bool> {
 protected:
  ResidentSums() {
    if (GetParam()) device = std::make_unique<test::FakeDevice>();
  }
  Memory& memory() { return device ? *device : host_memory(); }
  std::unique_ptr<test::FakeDevice> device;
};

TEST_P(ResidentSums, AreThoseOfAllRanks) {
  for (const std::size_t size : {0, 1, 1000, 300'001}) {
    const Buffer<std::int64_t> array(memory(), terms(world().rank(), size));
    world().sum(memory(), array.span());
    world().synchronize(memory());
    EXPECT_EQ(array.download(), sums_of(world().size(), size));
  }
}

TEST_P(ResidentSums, MayBeUnderWayAtOnceAndWaitedForTwice) {
  const Buffer<std::int64_t> first(memory(), terms(world().rank(), 5000)),
      second(memory(), terms(world().rank(), 70));
  const auto one = world().start_sum(memory(), first.span());
  const auto two = world().start_sum(memory(), second.span());
  while (!two->done() || !one->done()) std::this_thread::yield();
  one->wait();
  two->wait();
  two->wait();
  EXPECT_EQ(first.download(), sums_of(world().size(), 5000));
  EXPECT_EQ(second.download(), sums_of(world().size(), 70));
}

TEST_P(ResidentSums, StartAfterTheWorkBeforeThem) {
  if (!device) GTEST_SKIP() << "work in host memory is over when it returns";
  const Buffer<std::int64_t> array(*device, 3);
  device->launch([at = array.data()] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    for (int k = 0; k < 3; ++k) at[k] = k + 1;
  });
  world().sum(*device, array.span());
  const std::int64_t n = world().size();
  EXPECT_EQ(array.download(), (std::vector<std::int64_t>{n, 2 * n, 3 * n}));
}

TEST_P(ResidentSums, MayBeLeftByAnError) {
  Buffer<std::int64_t> array(memory(), terms(world().rank(), 100));
  const auto sum = world().start_sum(memory(), array.span());
  while (!sum->done()) std::this_thread::yield();
}

TEST_P(ResidentSums, InChunksHaveTheBitsOfOne) {
  constexpr std::int64_t count = 37, tile = 4;
  constexpr std::size_t length = 9;
  const auto w = terms(world().rank(), count * length), prime = terms(world().rank() + 50, count * length),
             counts = terms(world().rank() + 9, count);
  for (const std::int64_t chunks : {0, 1, 2, 3, 8, 100}) {
    const Buffer<std::int64_t> a(memory(), w.size()), b(memory(), prime.size()), c(memory(), counts.size());
    for (const auto* array : {&a, &b, &c}) memory().clear(array->data(), array->span().size_bytes());
    OverlappedSums sums(world(), memory(), chunks, true);
    const std::vector<std::span<std::int64_t>> arrays{a.span(), b.span(), c.span()};
    std::int64_t next = 0;
    sums.run(count, tile, arrays, [&](Range range) {
      EXPECT_EQ(range.first, next);
      EXPECT_TRUE(range.last % tile == 0 || range.last == count);
      next = range.last;
      const auto first = static_cast<std::size_t>(range.first),
                 rows = static_cast<std::size_t>(range.count());
      memory().upload(a.data() + first * length, w.data() + first * length, rows * length * 8);
      memory().upload(b.data() + first * length, prime.data() + first * length, rows * length * 8);
      memory().upload(c.data() + first, counts.data() + first, rows * 8);
    });
    EXPECT_EQ(next, count);
    world().synchronize(memory());
    EXPECT_EQ(a.download(), sums_of(world().size(), w.size()));
    EXPECT_EQ(b.download(), sums_of(world().size(), prime.size(), 50));
    EXPECT_EQ(c.download(), sums_of(world().size(), counts.size(), 9));
    EXPECT_GE(sums.times().in_flight, sums.times().waiting);
    EXPECT_GE(sums.times().hidden_share(), 0.0);
    EXPECT_LE(sums.times().hidden_share(), 1.0);
  }
}

TEST_P(ResidentSums, OfNothingAreNothing) {
  OverlappedSums sums(world(), memory(), 0);
  sums.run(0, 4, std::vector<std::span<std::int64_t>>{{}}, [](Range) { FAIL() << "there is no work"; });
  EXPECT_EQ(sums.times().hidden_share(), 0.0);
}

INSTANTIATE_TEST_SUITE_P(Memories, ResidentSums, testing::Values(false, true),
                         [](const auto& memory) { return memory.param ? "device" : "host"; });

TEST(GatherPlacement, SeesEveryRanksHostAndGpus) {
  const int rank = world().rank(), size = world().size();
  const auto ranks = gather_placement(world(), {"host" + std::to_string(rank / 2), {"0", "1"}});
  ASSERT_EQ(ranks.size(), static_cast<std::size_t>(size));
  EXPECT_EQ(ranks[static_cast<std::size_t>(rank)].device, rank % 2);
  EXPECT_NO_THROW(check_placement(ranks));
  const auto crowded = gather_placement(world(), {"host", {"0"}});
  if (size > 1) {
    EXPECT_THROW(check_placement(crowded), Error);
  }
}

}  // namespace
}  // namespace zerogap
