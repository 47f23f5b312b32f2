// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/error.hpp"

namespace zerogap::testing {

using Overrides = std::vector<std::string>;

inline Config parse(const std::string& text, const Overrides& overrides = {}) {
  return parse_config(text, "c.yaml", overrides);
}

/// The message with which the text is refused; fails where it is not, or not with exit 2.
inline std::string refusal(const std::string& text, const Overrides& overrides = {}) {
  try {
    parse(text, overrides);
  } catch (const Error& error) {
    using ::testing::HasSubstr;
    EXPECT_EQ(error.code(), ExitCode::usage);
    EXPECT_THAT(error.what(),
                ::testing::AllOf(HasSubstr(" ("), HasSubstr("); "), ::testing::Not(HasSubstr("\n"))));
    return error.what();
  }
  ADD_FAILURE() << "accepted: " << text;
  return "";
}

}  // namespace zerogap::testing
