// SPDX-License-Identifier: Apache-2.0
#include "core/host_info.hpp"

#include <gmock/gmock.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>
#include <vector>

namespace zerogap {
namespace {

/// A made-up /proc/self/cgroup and /sys/fs/cgroup.
class CpuQuota : public testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::temp_directory_path() / ("zerogap_cgroup_" + std::to_string(::getpid()));
    std::filesystem::create_directories(root_);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void put(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }
  std::optional<double> quota() const { return cpu_quota(root_ / "membership", root_ / "mount"); }

  std::filesystem::path root_;
};

TEST_F(CpuQuota, IsNoneWithoutGroups) {
  EXPECT_EQ(quota(), std::nullopt);
  put("membership", "nonsense\n0::/nowhere\n");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(CpuQuota, ReadsVersion2AndTheStrictestAncestor) {
  put("membership", "0::/slice/job/step\n");
  put("mount/slice/job/step/cpu.max", "max 100000\n");
  EXPECT_EQ(quota(), std::nullopt);
  put("mount/slice/job/cpu.max", "250000 100000\n");
  EXPECT_EQ(quota(), 2.5);
  put("mount/slice/cpu.max", "400000 100000\n");
  EXPECT_EQ(quota(), 2.5);
}

TEST_F(CpuQuota, ReadsAContainersOwnGroupAtTheMount) {
  put("membership", "0::/docker/0123\n");
  put("mount/cpu.max", "150000 100000\n");
  EXPECT_EQ(quota(), 1.5);
}

TEST_F(CpuQuota, ReadsVersion1) {
  put("membership", "5:memory:/a\n4:cpu,cpuacct:/a/b\n3:cpuset:/c\n");
  put("mount/cpu,cpuacct/a/b/cpu.cfs_quota_us", "-1\n");
  put("mount/cpu,cpuacct/a/b/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), std::nullopt);
  put("mount/cpu,cpuacct/a/cpu.cfs_quota_us", "300000\n");
  put("mount/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), 3.0);
}

TEST(Processor, UsableCoresFollowTheAffinityMask) {
  const int before = usable_cores();
  EXPECT_GE(before, 1);
  EXPECT_LE(before, static_cast<int>(std::thread::hardware_concurrency()));
  int narrowed = 0;
  // The mask is a thread's own.
  std::thread([&] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &one);
    if (::sched_setaffinity(0, sizeof(one), &one) == 0) narrowed = usable_cores();
  }).join();
  EXPECT_EQ(narrowed, 1);
}

TEST(Processor, HostNameIsThatOfTheSystem) { EXPECT_FALSE(host_name().empty()); }

TEST(ProcessState, IsThatOfProc) {
  const ProcessState self = process_state(::getpid());
  EXPECT_EQ(self.state, 'R');
  EXPECT_GT(self.start, 0);
  EXPECT_EQ(process_state(999'999'999).start, -1);
  EXPECT_GE(process_age(), 0.0);
  EXPECT_LT(process_age(), 3600.0);
}

TEST(TimeNow, HasAnOffset) {
  EXPECT_THAT(time_now(),
              testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{4}"));
}

TEST(Processor, ResidentBytesFollowAllocations) {
  const std::size_t before = resident_bytes();
  ASSERT_GT(before, 0u);
  constexpr std::size_t size = 64u << 20;
  {
    const std::vector<char> block(size, 1);
    EXPECT_GE(resident_bytes(), before + size * 9 / 10) << block.size();
  }
  EXPECT_GE(peak_resident_bytes(), before + size * 9 / 10);
  EXPECT_GE(peak_resident_bytes(), resident_bytes());
}

}  // namespace
}  // namespace zerogap
