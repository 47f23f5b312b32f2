// SPDX-License-Identifier: Apache-2.0
// What arrangements.pricing cannot be combined with.

#include <gmock/gmock.h>

#include "config/config.hpp"
#include "core/error.hpp"

namespace zerogap {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// The message with which these keys are refused together with a solved dual that prices blocks.
std::string refusal(const std::string& pricing, const std::vector<std::string>& more) {
  std::vector<std::string> keys = {"run.networks=[dual]", "optimizer.dual.name=newton", pricing};
  keys.insert(keys.end(), more.begin(), more.end());
  try {
    parse_config("{}", "c.yaml", keys);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::usage);
    return error.what();
  }
  return "accepted";
}

const std::string rounds = "arrangements.pricing.rounds=2", kDoublings = "arrangements.pricing.doublings=1";

TEST(PricingConfig, NeedsADualThatIsSolvedAlone) {
  for (const auto& key : {rounds, kDoublings}) {
    EXPECT_EQ(refusal(key, {}), "accepted");
    EXPECT_THAT(refusal(key, {"run.networks=[primal, dual]"}),
                AllOf(HasSubstr("run.networks is [primal, dual]"), HasSubstr("set run.networks to [dual]")));
    EXPECT_THAT(refusal(key, {"optimizer.dual.name=adam"}),
                AllOf(HasSubstr("optimizer.dual.name is adam"), HasSubstr("newton")));
  }
  EXPECT_EQ(refusal(rounds, {"optimizer.dual.name=fista", "network.rho=0"}), "accepted");
}

TEST(PricingConfig, BelongsToOneProgram) {
  EXPECT_THAT(refusal(rounds, {"continuation.parameter=beta", "continuation.values=[10, 5]"}),
              HasSubstr("arrangements.pricing.rounds is 2 but continuation.parameter is beta"));
  EXPECT_THAT(refusal(rounds, {"network.constraints=hard"}), HasSubstr("network.constraints is hard"));
  EXPECT_THAT(refusal(rounds, {"init.kind=file", "init.path=w.h5"}), HasSubstr("init.dual_kind to zero"));
  EXPECT_EQ(refusal(rounds, {"init.kind=file", "init.path=w.h5", "init.dual_kind=zero"}), "accepted");
}

TEST(PricingConfig, NestedSamplesAreRandomAndWhole) {
  const std::vector<std::string> file = {"arrangements.source=file", "arrangements.path=w.h5"};
  EXPECT_THAT(refusal(kDoublings, file), HasSubstr("arrangements.source is file"));
  EXPECT_EQ(refusal(rounds, file), "accepted");
  EXPECT_THAT(refusal(kDoublings, {"arrangements.drop_dead=true"}),
              HasSubstr("arrangements.drop_dead is true"));
  EXPECT_EQ(refusal(rounds, {"arrangements.drop_dead=true"}), "accepted");
}

}  // namespace
}  // namespace zerogap
