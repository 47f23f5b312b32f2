// SPDX-License-Identifier: Apache-2.0
// What several ranks do to the file of a checkpoint, and a disk that fills up meanwhile: all of them throw,
// soon, and can go on.

#include <gmock/gmock.h>
#include <unistd.h>

#include <limits>
#include <map>
#include <sstream>

#include "comm/mpi.hpp"
#include "faults/failing_calls.hpp"
#include "support/small_disk.hpp"
#include "unit/checkpoint/sample.hpp"

namespace zerogap {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using testing::Sample;

std::unique_ptr<Communicator> all_ranks() {
  static const MpiSession session(nullptr, nullptr);
  return session.world();
}

TEST(SharedFile, HasNoPageThatTwoRanksWrite) {
  const auto world = all_ranks();
  const int rank = world->rank(), size = world->size();
  const auto made = rank == 0 ? std::make_unique<testing::Folder>() : nullptr;
  const std::filesystem::path folder = world->broadcast(rank == 0 ? made->path().string() : "", 0);
  for (const std::uint64_t blocks : {13, 1000, 30'000, 100'001}) {
    const Sample part(rank, size, 7, blocks);
    test::arm(test::Fault::fail, std::numeric_limits<long>::max());
    write_checkpoint(folder / fmt::format("{}.h5", blocks), part.contents, *world);
    test::disarm();
    std::string mine;
    for (const std::int64_t page : test::pages_written()) mine += fmt::format("{} ", page);
    std::map<std::string, std::string> writer;
    int writers = 0;
    for (const std::string& pages : world->all_gather_text(mine)) {
      std::istringstream words(pages);
      for (std::string page; words >> page;)
        EXPECT_TRUE(writer.emplace(page, pages).second) << "page " << page << " of " << blocks << " blocks";
      writers += pages.empty() ? 0 : 1;
    }
    if (blocks >= 30'000) {
      EXPECT_EQ(writers, size);
    }
    testing::expect_sample(CheckpointReader(folder / fmt::format("{}.h5", blocks)), 7, blocks);
    world->barrier();
  }
}

TEST(FullDisk, IsNoticedByAllRanksWhileWriting) {
  const auto world = all_ranks();
  const int rank = world->rank(), size = world->size();
  const auto disk = rank == 0 ? std::make_unique<test::SmallDisk>(1 << 20) : nullptr;
  const std::string reason = world->broadcast(rank == 0 ? disk->reason() : "", 0);
  if (!reason.empty()) GTEST_SKIP() << reason;
  // Rank 0 mounted it for itself alone; the kernel lets others reach it through rank 0's root.
  const std::filesystem::path folder =
      world->broadcast(rank == 0 ? fmt::format("/proc/{}/root{}", ::getpid(), disk->path().string()) : "", 0);
  const auto write = [&](std::int64_t number, std::uint64_t blocks) {
    const Sample part(rank, size, number, blocks);
    return world->all_gather_text(
        error_of([&] { write_checkpoint(generation_path(folder, number), part.contents, *world); }));
  };

  EXPECT_THAT(write(1, 13), Each("none"));
  for (const std::uint64_t blocks : {30'000, 40'000, 100'000}) {  // some ranks' rows still fit, or none's
    test::arm(test::Fault::unreserved, 0);
    const auto errors = write(2, blocks);
    test::disarm();
    EXPECT_THAT(errors, Each(AllOf(HasSubstr("3: cannot write"), errors[0])));
    EXPECT_THAT(testing::names_in(folder), ElementsAre("00000001.h5"));
    world->barrier();
  }
  EXPECT_THAT(write(2, 13), Each("none"));
  testing::expect_sample(CheckpointReader(generation_path(folder, 2)), 2);
  world->barrier();
}

}  // namespace
}  // namespace zerogap
