// SPDX-License-Identifier: Apache-2.0
// The NCCL communicator against tests/support/fake_nccl, between FakeDevices: sums, and every way to fail.

#include <dlfcn.h>
#include <gmock/gmock.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "comm/grid.hpp"
#include "comm/nccl.hpp"
#include "comm/overlap.hpp"
#include "core/error.hpp"
#include "support/fake_device.hpp"
#include "support/terms.hpp"
#include "support/world.hpp"

namespace zerogap {
namespace {

using test::sums_of;
using test::terms;
using test::world;
using testing::AllOf;
using testing::HasSubstr;

constexpr double long_enough = 60.0;
constexpr double soon = 0.3;

const char* const wishes[] = {"FAKE_NCCL_VERSION", "FAKE_NCCL_ERROR_AT", "FAKE_NCCL_ASYNC_AT",
                              "FAKE_NCCL_HANG_RANK", "FAKE_NCCL_HANG_INIT"};

class FakeNccl : public testing::Test {
 protected:
  FakeNccl() { load(ZEROGAP_FAKE_NCCL); }
  ~FakeNccl() override {
    for (const char* name : wishes) ::unsetenv(name);
    ::unsetenv("ZEROGAP_NCCL_LIBRARY");
    EXPECT_EQ(counter("fake_nccl_alive"), 0);
    world().barrier();
  }

  static void load(const std::string& library) { ::setenv("ZEROGAP_NCCL_LIBRARY", library.c_str(), 1); }
  static void wish(const char* name, int value) { ::setenv(name, std::to_string(value).c_str(), 1); }
  static int counter(const char* name) {
    void* library = ::dlopen(ZEROGAP_FAKE_NCCL, RTLD_NOW);
    return reinterpret_cast<int (*)()>(::dlsym(library, name))();
  }
  static int aborts() { return counter("fake_nccl_aborts"); }

  /// The message of the Error (exit 4) that it throws.
  static std::string error_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::runtime);
      EXPECT_THAT(error.what(), AllOf(HasSubstr(" ("), HasSubstr("); ")));
      return error.what();
    }
    return "none";
  }
  /// Every rank's error of a group that sums 100 numbers `times` times.
  std::string error_of_sums(Communicator& group, int times = 1) {
    return error_of([&] {
      for (int k = 0; k < times; ++k) {
        const Buffer<std::int64_t> array(device, terms(rank, 100));
        group.sum(device, array.span());
        group.synchronize(device);
      }
    });
  }

  const int rank = world().rank(), size = world().size();
  const int last = size - 1;
  const std::string me = "rank " + std::to_string(rank) + " of " + std::to_string(size);
  test::FakeDevice device;
};

TEST_F(FakeNccl, SumsOnTheDevice) {
  const int before = aborts();
  {
    const auto group = make_nccl(world(), device, long_enough);
    EXPECT_EQ(group->name(), "nccl");
    EXPECT_EQ(group->rank(), rank);
    EXPECT_EQ(group->size(), size);
    for (const std::size_t count : {0, 1, 10'007}) {
      const Buffer<std::int64_t> array(device, terms(rank, count));
      group->sum(device, array.span());
      group->synchronize(device);
      EXPECT_EQ(array.download(), sums_of(size, count));
    }
  }
  EXPECT_EQ(aborts(), before) << "communicators end in peace";
}

TEST_F(FakeNccl, LeavesTheHostsDataToItsTwin) {
  const auto group = make_nccl(world(), device, long_enough);
  EXPECT_EQ(mpi_handle(*group), mpi_handle(world()));
  EXPECT_EQ(group->sum(std::int64_t{3}), 3 * size);
  EXPECT_EQ(group->max(0.5 * rank), 0.5 * last);
  EXPECT_EQ(group->max(std::int64_t{rank}), last);
  EXPECT_EQ(group->broadcast(rank == last ? "text" : "", last), "text");
  EXPECT_EQ(group->all_gather_text("x").size(), static_cast<std::size_t>(size));
  EXPECT_EQ(group->all_gather(std::vector<double>{0.5 * rank}).size(), static_cast<std::size_t>(size));
  group->barrier();
  const Buffer<std::int64_t> array(host_memory(), terms(rank, 10));
  group->sum(host_memory(), array.span());
  group->synchronize(host_memory());
  EXPECT_EQ(array.download(), sums_of(size, 10));
  test::FakeDevice other;
  EXPECT_THAT(error_of([&] { group->start_sum(other, array.span()); }), HasSubstr("another's"));
}

TEST_F(FakeNccl, SumsAlongBothAxesOfTheGrid) {
  const auto group = make_nccl(world(), device, long_enough);
  for (const GridShape shape : {GridShape{size, 1}, GridShape{1, size}, GridShape{size / 2, 2}}) {
    if (shape.patches * shape.arrangements != size) continue;
    const ProcessGrid grid(*group, shape);
    for (Communicator* axis : {&grid.patch_axis(), &grid.arrangement_axis()}) {
      EXPECT_EQ(axis->name(), "nccl");
      const Buffer<std::int64_t> array(device, terms(axis->rank(), 500));
      axis->sum(device, array.span());
      axis->synchronize(device);
      EXPECT_EQ(array.download(), sums_of(axis->size(), 500));
    }
  }
}

TEST_F(FakeNccl, OverlapsSumsWithWork) {
  const auto group = make_nccl(world(), device, long_enough);
  constexpr std::size_t count = 64, length = 200;
  const auto values = terms(rank, count * length);
  for (const std::int64_t chunks : {1, 3, 8}) {
    const Buffer<std::int64_t> array(device, values.size());
    OverlappedSums sums(*group, device, chunks, true);
    for (int repeat = 0; repeat < 3; ++repeat) {
      sums.run(count, 1, std::vector{array.span()}, [&](Range range) {
        const auto first = static_cast<std::size_t>(range.first) * length;
        device.upload(array.data() + first, values.data() + first,
                      static_cast<std::size_t>(range.count()) * length * 8);
        device.launch([] { std::this_thread::sleep_for(std::chrono::milliseconds(2)); });
      });
      group->synchronize(device);
      EXPECT_EQ(array.download(), sums_of(size, values.size()));
    }
    EXPECT_GT(sums.times().in_flight, 0.0);
    EXPECT_GE(sums.times().hidden_share(), 0.0);
    EXPECT_LE(sums.times().hidden_share(), 1.0);
    if (chunks == 1) {
      EXPECT_NEAR(sums.times().hidden_share(), 0.0, 1e-12) << "nothing is left to hide behind";
    }
  }
}

TEST_F(FakeNccl, GivesUpWhenARankNeverComes) {
  const int before = aborts();
  const auto group = make_nccl(world(), device, soon);
  wish("FAKE_NCCL_HANG_RANK", last);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(error_of_sums(*group),
              AllOf(HasSubstr("ncclAllReduce did not end (sum 1 on all ranks, " + me + ", waited 0."),
                    HasSubstr("run.comm_timeout"), HasSubstr("--resume")));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  EXPECT_EQ(aborts(), before + 1);
  EXPECT_THAT(error_of_sums(*group), HasSubstr("NCCL was aborted earlier (ncclAllReduce did not end"));
}

TEST_F(FakeNccl, GivesUpWhenARankStartsNoSum) {
  if (size == 1) GTEST_SKIP() << "one rank waits for nobody";
  const auto group = make_nccl(world(), device, soon);
  const std::string error = rank == last ? "none" : error_of_sums(*group);
  EXPECT_THAT(error, HasSubstr(rank == last ? "none" : "did not end"));
}

TEST_F(FakeNccl, NamesTheAxisThatHangsAndAbortsAll) {
  const int before = aborts();
  const auto group = make_nccl(world(), device, soon);
  const ProcessGrid grid(*group, {size, 1});
  wish("FAKE_NCCL_HANG_RANK", last);
  EXPECT_THAT(error_of_sums(grid.patch_axis()), HasSubstr("on the patch axis, " + me));
  EXPECT_EQ(aborts(), before + 3);
}

TEST_F(FakeNccl, DoesNotCountItsOwnWorkAsWaiting) {
  const auto group = make_nccl(world(), device, 1.0);
  world().barrier();
  const Buffer<std::int64_t> array(device, terms(rank, 10));
  device.launch([] { std::this_thread::sleep_for(std::chrono::milliseconds(1500)); });
  group->sum(device, array.span());
  device.launch([] { std::this_thread::sleep_for(std::chrono::milliseconds(1500)); });
  group->synchronize(device);
  EXPECT_EQ(array.download(), sums_of(size, 10));
}

TEST_F(FakeNccl, AbortsAfterAnAsynchronousError) {
  const int before = aborts();
  const auto group = make_nccl(world(), device, long_enough);
  wish("FAKE_NCCL_ASYNC_AT", 2);
  EXPECT_THAT(error_of_sums(*group, 2),
              AllOf(HasSubstr("a sum by NCCL failed (fake error: on purpose, on all ranks, " + me),
                    HasSubstr("--resume")));
  EXPECT_EQ(aborts(), before + 1);
}

TEST_F(FakeNccl, AbortsAfterACallThatFails) {
  const int before = aborts();
  const auto group = make_nccl(world(), device, long_enough);
  wish("FAKE_NCCL_ERROR_AT", 2);
  EXPECT_THAT(error_of_sums(*group, 2),
              HasSubstr("ncclAllReduce failed (fake error: on purpose, on all ranks"));
  EXPECT_EQ(aborts(), before + 1);
}

TEST_F(FakeNccl, GivesUpWhenARankNeverJoins) {
  wish("FAKE_NCCL_HANG_INIT", last);
  EXPECT_THAT(
      error_of([&] { make_nccl(world(), device, soon); }),
      AllOf(HasSubstr("ncclCommInitRankConfig did not end (on all ranks, " + me), HasSubstr("waited 0.")));
}

TEST_F(FakeNccl, IsRefusedInOtherVersions) {
  for (const int version : {22700, 30000, 2604}) {
    wish("FAKE_NCCL_VERSION", version);
    EXPECT_THAT(error_of([&] { make_nccl(world(), device, soon); }),
                AllOf(HasSubstr("is version " + std::to_string(version / 10000) + "."),
                      HasSubstr("this build needs 2."), HasSubstr("--set run.comm=mpi")));
  }
  wish("FAKE_NCCL_VERSION", 29901);
  EXPECT_EQ(nccl_version(), "2.99.1");
}

TEST_F(FakeNccl, IsRefusedWhereTheLibraryOrAFunctionIsMissing) {
  load("libnccl-not-here.so.2");
  EXPECT_THAT(error_of([&] { make_nccl(world(), device, soon); }),
              AllOf(HasSubstr("cannot load NCCL (libnccl-not-here.so.2"), HasSubstr("LD_LIBRARY_PATH"),
                    HasSubstr("--set run.comm=mpi")));
  load(ZEROGAP_FAKE_NCCL_INCOMPLETE);
  EXPECT_THAT(error_of([&] { make_nccl(world(), device, soon); }), HasSubstr("has no ncclAllReduce"));
}

}  // namespace
}  // namespace zerogap
