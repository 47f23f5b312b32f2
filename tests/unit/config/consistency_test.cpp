// SPDX-License-Identifier: Apache-2.0
// Keys that contradict one another, and what is said of them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/error.hpp"
#include "unit/config/support.hpp"

namespace zerogap {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::Overrides;
using testing::parse;
using testing::refusal;
using ::testing::StartsWith;

TEST(ConfigError, KeysThatContradictOneAnother) {
  EXPECT_EQ(refusal("data:\n  images: 700\n", {"data.pool=650"}),
            "c.yaml:2:11 and --set data.pool=650: data.images is 700 but data.pool is 650 (images are "
            "selected from the "
            "first data.pool ones); raise data.pool or lower data.images");
  EXPECT_THAT(refusal("data: {pool: 100}"),
              StartsWith("c.yaml:1:14: data.images is 600 by default but data.pool is 100 ("));
  for (const std::string given : {"data.source=hdf5", "data.source=images", "arrangements.source=file",
                                  "arrangements.source=primal", "init.kind=file", "init.kind=dual"}) {
    const std::string section = given.substr(0, given.find('.'));
    EXPECT_THAT(refusal("", {given}),
                AllOf(StartsWith("--set " + given), HasSubstr("give " + section + ".path")));
    EXPECT_NO_THROW(parse("", {given, section + ".path=x"}));
  }
  EXPECT_THAT(refusal("arrangements: {include_random: true}"),
              HasSubstr("arrangements.source is random by default"));
  EXPECT_THAT(refusal("arrangements: {radius_min: 20}"),
              HasSubstr("but arrangements.radius_max is 10 by default"));
  EXPECT_THAT(refusal("optimizer: {nesterov: true}"),
              HasSubstr("optimizer.nesterov is true but optimizer.primal.mom"));
  EXPECT_THAT(refusal("optimizer: {dual: {nesterov: true, momentum: 0.9, dampening: 0.1}}"),
              HasSubstr("optimizer.dual.nesterov is true but optimizer.dual.dampening is 0.1"));
  EXPECT_THAT(refusal("optimizer: {batch: 601}"), HasSubstr("optimizer.batch is 601 but data.images is 600"));
  EXPECT_NO_THROW(parse("optimizer: {name: svrg, batch: full}"));
  EXPECT_THAT(refusal("optimizer: {name: newton}"),
              AllOf(HasSubstr("optimizer.name is newton but run.networks is [primal, dual] by default"),
                    HasSubstr("give the solver as optimizer.dual.name")));
  EXPECT_THAT(refusal("optimizer: {dual: {name: fista}}"),
              HasSubstr("optimizer.dual.name is fista but network.rho is 0.01 by default"));
  EXPECT_THAT(refusal("optimizer: {dual: {name: newton, batch: 5}}"),
              HasSubstr("optimizer.dual.name is newton but optimizer.dual.batch is 5"));
  EXPECT_NO_THROW(parse("{optimizer: {name: fista}, network: {rho: 0}, run: {networks: [dual]}}"));
  EXPECT_NO_THROW(parse("optimizer: {name: sgd, momentum: 0.9, nesterov: true}"));
}

TEST(ConfigError, HardConstraintsNeedAWeightAndNewton) {
  const std::string hard = "{network: {constraints: hard}, optimizer: {dual: {name: newton}}}";
  EXPECT_NO_THROW(parse(hard));
  EXPECT_THAT(refusal(hard, {"network.rho=0"}),
              AllOf(HasSubstr("network.constraints is hard but network.rho is 0"), HasSubstr("rho > 0")));
  EXPECT_THAT(refusal(hard, {"network.hard.rho_max=0.001"}), HasSubstr("raise network.hard.rho_max"));
  EXPECT_THAT(refusal("network: {constraints: hard}"),
              AllOf(HasSubstr("optimizer.dual.name is adam by default"),
                    HasSubstr("set optimizer.dual.name to newton")));
  EXPECT_THAT(refusal("network: {constraints: hard}", {"optimizer.dual.name=fista", "network.rho=0.1"}),
              HasSubstr("fista"));
  EXPECT_NO_THROW(parse("network: {constraints: hard}", {"run.networks=[primal]"}));
  EXPECT_NO_THROW(parse("network: {constraints: none}", {"optimizer.dual.name=fista"}));
}

TEST(ConfigError, PathsNeedValuesAndASolver) {
  const Overrides solved = {"run.networks=[dual]", "optimizer.dual.name=newton"};
  const auto with = [&](Overrides more) {
    more.insert(more.begin(), solved.begin(), solved.end());
    return more;
  };
  EXPECT_NO_THROW(parse("continuation: {parameter: beta, values: [5, 4]}", solved));
  EXPECT_NO_THROW(parse("continuation: {parameter: lambda, values: [0.5, 0]}", solved));
  EXPECT_NO_THROW(parse("continuation: {parameter: rho, values: [0, 0.1]}", solved));
  EXPECT_NO_THROW(parse("continuation: {parameter: beta, values: [5]}", with({"network.constraints=hard"})));
  EXPECT_NO_THROW(parse("continuation: {parameter: rho, values: [0]}", with({"optimizer.dual.name=fista"})));
  EXPECT_THAT(refusal("continuation: {values: [5]}"),
              AllOf(HasSubstr("continuation.values is [5]"), HasSubstr("set continuation.parameter")));
  EXPECT_THAT(refusal("continuation: {parameter: beta}", solved),
              HasSubstr("continuation.values is [] by default"));
  EXPECT_THAT(
      refusal("continuation: {parameter: beta, values: [5]}", {"optimizer.dual.name=newton"}),
      AllOf(HasSubstr("run.networks is [primal, dual] by default"), HasSubstr("set run.networks to [dual]")));
  EXPECT_THAT(refusal("continuation: {parameter: beta, values: [5]}", {"run.networks=[dual]"}),
              HasSubstr("optimizer.dual.name is adam by default"));
  EXPECT_THAT(refusal("continuation: {parameter: beta, values: [5, 0]}", solved),
              HasSubstr("beta must be > 0"));
  for (const char* kind : {"hard", "none"})
    EXPECT_THAT(refusal("continuation: {parameter: rho, values: [1]}",
                        with({std::string("network.constraints=") + kind})),
                HasSubstr("only the hinge has a weight"));
  EXPECT_THAT(refusal("continuation: {parameter: rho, values: [0, 1]}", with({"optimizer.dual.name=fista"})),
              HasSubstr("no simple proximal step"));
  EXPECT_THAT(refusal("continuation: {parameter: beta, values: [5]}", with({"optimizer.dual.name=fista"})),
              HasSubstr("no simple proximal step"));
}

}  // namespace
}  // namespace zerogap
