// SPDX-License-Identifier: Apache-2.0
#include "run/lease.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace zerogap {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

class Leases : public testing::Test {
 protected:
  Leases()
      : folder_(fs::temp_directory_path() / ("lease_test." + std::to_string(::getpid()))),
        clock_(folder_ / "probe") {
    fs::create_directories(folder_);
  }
  ~Leases() override { fs::remove_all(folder_); }

  fs::path file() const { return folder_ / "lease"; }
  void write(const std::string& text) const { std::ofstream(file(), std::ios::trunc) << text; }
  void set_age(seconds age) const { fs::last_write_time(file(), fs::file_time_type::clock::now() - age); }

  fs::path folder_;
  FileClock clock_;
};

TEST_F(Leases, SayWhoseTheyAre) {
  const Lease lease(file());
  EXPECT_EQ(lease.holder(), Lease::Holder::nobody);
  write(lease.text());
  EXPECT_EQ(lease.holder(), Lease::Holder::self);
  LeaseOwner other = this_process();
  other.host = "elsewhere";
  write(to_text(other));
  EXPECT_EQ(lease.holder(), Lease::Holder::other);
  fs::remove(file());
  fs::create_directory(file());
  EXPECT_EQ(lease.holder(), Lease::Holder::unreadable);
}

TEST_F(Leases, TellTheTimeSinceTheLastHeartbeat) {
  EXPECT_FALSE(read_lease(file(), clock_).has_value());
  const Lease lease(file());
  write(lease.text());
  set_age(seconds(300));
  const auto state = read_lease(file(), clock_);
  ASSERT_TRUE(state.has_value());
  EXPECT_EQ(state->text, lease.text());
  EXPECT_NEAR(static_cast<double>(state->since_heartbeat.count()), 300.0, 2.0);
  ASSERT_TRUE(state->owner.has_value());
  EXPECT_EQ(state->owner->pid, ::getpid());
  lease.heartbeat();
  EXPECT_LE(read_lease(file(), clock_)->since_heartbeat, seconds(2));
  set_age(seconds(-300));
  EXPECT_NEAR(static_cast<double>(read_lease(file(), clock_)->since_heartbeat.count()), -300.0, 2.0);
}

TEST_F(Leases, MayNameNoOwner) {
  for (const char* text : {"", "{\"host\":", "[]", "{\"host\": 3}", "{\"host\": \"a\", \"pid\": \"b\"}"}) {
    write(text);
    const auto state = read_lease(file(), clock_);
    ASSERT_TRUE(state.has_value()) << text;
    EXPECT_FALSE(state->owner.has_value()) << text;
  }
}

TEST_F(Leases, TheClockLeavesNoFile) {
  EXPECT_NEAR(static_cast<double>(clock_.now()), static_cast<double>(std::time(nullptr)), 5.0);
  EXPECT_TRUE(fs::is_empty(folder_));
}

}  // namespace
}  // namespace zerogap
