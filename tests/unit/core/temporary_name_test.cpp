// SPDX-License-Identifier: Apache-2.0
#include "core/temporary_name.hpp"

#include <gtest/gtest.h>

#include <climits>

namespace zerogap {
namespace {

namespace fs = std::filesystem;

TEST(Beside, ShortNamesAreKept) {
  EXPECT_EQ(temporary_name("runs/a.h5", "", ".partial"), fs::path("runs/a.h5.partial"));
  EXPECT_EQ(temporary_name("a.h5", ".", ".writing"), fs::path(".a.h5.writing"));
  EXPECT_EQ(short_name("a.h5", 4), "a.h5");
}

TEST(Beside, LongNamesFitAndStayApart) {
  const std::string long_name(NAME_MAX - 3, 'x');
  const fs::path one = temporary_name("runs/" + long_name + "1", "", ".tmp.4194304"),
                 two = temporary_name("runs/" + long_name + "2", "", ".tmp.4194304");
  EXPECT_EQ(one.filename().string().size(), static_cast<std::size_t>(NAME_MAX));
  EXPECT_EQ(one.parent_path(), fs::path("runs"));
  EXPECT_TRUE(one.filename().string().ends_with(".tmp.4194304"));
  EXPECT_NE(one, two) << "two files of one folder must not become one";
  EXPECT_EQ(one, temporary_name("runs/" + long_name + "1", "", ".tmp.4194304"));
}

}  // namespace
}  // namespace zerogap
