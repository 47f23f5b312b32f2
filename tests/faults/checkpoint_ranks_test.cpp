// A disk that fills up while several ranks write a checkpoint: all of them throw, soon, and can go on.

#include <gmock/gmock.h>
#include <unistd.h>

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

TEST(FullDisk, IsNoticedByAllRanksWhileWriting) {
  static const MpiSession session(nullptr, nullptr);
  const auto world = session.world();
  const int rank = world->rank(), size = world->size();
  const auto disk = rank == 0 ? std::make_unique<test::SmallDisk>(1 << 20) : nullptr;
  const std::string reason = world->broadcast(rank == 0 ? disk->reason() : "", 0);
  if (!reason.empty()) GTEST_SKIP() << reason;
  // Rank 0 mounted it for itself alone; the kernel lets others reach it through rank 0's root.
  const std::filesystem::path folder =
      world->broadcast(rank == 0 ? fmt::format("/proc/{}/root{}", ::getpid(), disk->path().string()) : "", 0);
  const auto write = [&](std::int64_t number, std::uint64_t blocks) {
    const Sample part(rank, size, number, blocks);
    return world->gather(
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
