// SPDX-License-Identifier: Apache-2.0
// The primal's forms and the solver of its program: what is refused, and with which message.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config.hpp"
#include "core/error.hpp"
#include "model/form.hpp"

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

TEST(FrankWolfe, SolvesThePrimalOnAllImages) {
  EXPECT_THAT(
      refusal("{optimizer: {dual: {name: frank_wolfe}}}"),
      AllOf(HasSubstr("optimizer.dual.name is frank_wolfe"), HasSubstr("give it as optimizer.primal.name")));
  EXPECT_THAT(refusal("{optimizer: {primal: {name: frank_wolfe, batch: 2}}}"),
              AllOf(HasSubstr("optimizer.primal.name is frank_wolfe"), HasSubstr("set the batch to full")));
  EXPECT_THAT(refusal("{optimizer: {primal: {name: frank_wolfe}}, run: {stop: {relative_change: 0.1}}}"),
              AllOf(HasSubstr("run.stop.relative_change"), HasSubstr("use run.stop.gap")));
  EXPECT_NO_THROW(parse_config("{optimizer: {primal: {name: frank_wolfe}}}", "c.yaml", {}));
  EXPECT_NO_THROW(parse_config("{optimizer: {name: frank_wolfe}, run: {networks: [primal]}}", "c.yaml", {}));
}

TEST(Form, IsOneOfFour) {
  EXPECT_THAT(refusal("network: {form: bal}"), AllOf(HasSubstr("network.form"), HasSubstr("ball")));
  for (const NetworkForm form : all_forms)
    EXPECT_EQ(parse_config("network: {form: " + std::string(name_of(form)) + "}", "c.yaml", {}).network.form,
              form);
}

}  // namespace
}  // namespace zerogap
