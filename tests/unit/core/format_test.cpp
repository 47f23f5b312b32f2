// SPDX-License-Identifier: Apache-2.0
#include "core/format.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace zerogap {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Format, Durations) {
  EXPECT_EQ(format_duration(0.0), "0.00 s");
  EXPECT_EQ(format_duration(0.421), "0.42 s");
  EXPECT_EQ(format_duration(9.999), "10 s");
  EXPECT_EQ(format_duration(41.4), "41 s");
  EXPECT_EQ(format_duration(59.6), "1 min 00 s");
  EXPECT_EQ(format_duration(192.0), "3 min 12 s");
  EXPECT_EQ(format_duration(7500.0), "2 h 05 min");
  EXPECT_EQ(format_duration(3.0 * 86400 + 4 * 3600 + 59), "3 d 04 h");
  EXPECT_EQ(format_duration(-5.0), "-5.00 s");
  for (const double value : {nan, infinity, -infinity, 1e30}) EXPECT_EQ(format_duration(value).back(), '?');
}

TEST(Format, Rates) {
  EXPECT_EQ(format_rate(0.0, "pairs"), "0 pairs/s");
  EXPECT_EQ(format_rate(12.345, "pairs"), "12.3 pairs/s");
  EXPECT_EQ(format_rate(999.4, "pairs"), "999 pairs/s");
  EXPECT_EQ(format_rate(999.6, "pairs"), "1.00 kpairs/s");
  EXPECT_EQ(format_rate(1.234e9, "pairs"), "1.23 Gpairs/s");
  EXPECT_EQ(format_rate(4.56e10, "B"), "45.6 GB/s");
  EXPECT_EQ(format_rate(nan, "pairs"), "? pairs/s");
  EXPECT_EQ(format_rate(infinity, "pairs"), "? pairs/s");
}

TEST(Format, Percentages) {
  EXPECT_EQ(format_percent(0.0431), "4.31%");
  EXPECT_EQ(format_percent(0.0), "0%");
  EXPECT_EQ(format_percent(1.0), "100%");
  EXPECT_EQ(format_percent(0.09999), "10.0%");
  EXPECT_EQ(format_percent(12.5), "1250%");
  EXPECT_EQ(format_percent(0.000123456), "0.0123%");
  EXPECT_EQ(format_percent(-0.05), "-5.00%");
  EXPECT_EQ(format_percent(1e-9), "1e-07%");
  EXPECT_EQ(format_percent(nan), "?");
}

TEST(Format, Bytes) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1024), "1.00 KiB");
  EXPECT_EQ(format_bytes(1610612736), "1.50 GiB");
  EXPECT_EQ(format_bytes(67108864), "64.0 MiB");
  EXPECT_EQ(format_bytes(~std::uint64_t{0}), "16.0 EiB");
}

}  // namespace
}  // namespace zerogap
