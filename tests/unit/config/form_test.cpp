// SPDX-License-Identifier: Apache-2.0
// The primal's forms and greedy starts: what is refused, and with which message.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config.hpp"
#include "core/error.hpp"

namespace zerogap {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string refusal(const std::string& text) {
  try {
    parse_config(text, "c.yaml", {});
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::usage);
    return error.what();
  }
  ADD_FAILURE() << "accepted: " << text;
  return "";
}

TEST(Greedy, NeedsAPrimal) {
  EXPECT_THAT(refusal("{init: {kind: greedy}, run: {networks: [dual]}}"),
              AllOf(HasSubstr("init.kind is greedy but run.networks is [dual]"),
                    HasSubstr("add primal to run.networks")));
  EXPECT_NO_THROW(parse_config("init: {kind: greedy}", "c.yaml", {}));
}

TEST(Greedy, IsNoStartOfTheDual) {
  EXPECT_THAT(refusal("init: {kind: greedy, dual_kind: same}"),
              HasSubstr("init.kind is greedy but init.dual_kind is same"));
}

TEST(Form, IsOneOfThree) {
  EXPECT_THAT(refusal("network: {form: bal}"), AllOf(HasSubstr("network.form"), HasSubstr("ball")));
  EXPECT_EQ(parse_config("network: {form: relative}", "c.yaml", {}).network.form, NetworkForm::relative);
}

}  // namespace
}  // namespace zerogap
