// SPDX-License-Identifier: Apache-2.0
#include "config/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "config/sweep_file.hpp"
#include "core/error.hpp"
#include "unit/config/support.hpp"

namespace zerogap {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Overrides;
using testing::parse;
using testing::refusal;
using ::testing::StartsWith;

TEST(Config, NothingMeansTheStructsDefaults) {
  const std::string defaults = dump_config(Config{});
  for (const std::string text :
       {"", "{}", "# only a comment\n", "---\n", "data:\n", "optimizer: {primal: {}}"}) {
    EXPECT_EQ(dump_config(parse(text)), defaults) << text;
  }
  const Config config = parse("{}");
  EXPECT_EQ(config.data.source, DataSource::digits);
  EXPECT_EQ(config.data.test_images, -1);
  EXPECT_EQ(config.network.rho, 0.01);
  EXPECT_EQ(config.primal_optimizer.batch, 0);
  EXPECT_EQ(config.certify.smoothing_widths, (std::vector<double>{1e-4, 1e-3, 1e-2, 1e-1}));
  EXPECT_EQ(config.run.networks, (std::vector<Network>{Network::primal, Network::dual}));
}

TEST(Config, ReadsEveryKindOfValue) {
  const Config config = parse(R"(
data: {source: mnist, path: "a b: #c", normalise: true, seed: 18446744073709551615, noise: {sigma: +.5}}
data.images: 60
network: {beta_units: beta_max, lambda: -0.0}
arrangements: {source: primal, path: 007, distribution: log_uniform}
init: {kind: dual, path: 'w.h5', map: eq46}
optimizer: {batch: full, betas: [0.5, 9e-1], dual: {batch: 20, name: asgd, t0: 1e6}}
certify: {smoothing_widths: []}
run: {networks: [dual], precision: fp64, backend: auto, comm: nccl, comm_timeout: 0.5, comm_chunks: 4,
      watchdog: 90, grid: {patches: 3}}
run.checkpoint: {keep: 5}
)");
  EXPECT_EQ(config.data.source, DataSource::mnist);
  EXPECT_EQ(config.data.path, "a b: #c");
  EXPECT_TRUE(config.data.normalise);
  EXPECT_EQ(config.data.seed, 18446744073709551615U);
  EXPECT_EQ(config.data.noise_sigma, 0.5);
  EXPECT_EQ(config.data.images, 60);
  EXPECT_EQ(config.network.beta_units, BetaUnits::beta_max);
  EXPECT_FALSE(std::signbit(config.network.lambda));
  EXPECT_EQ(config.arrangements.path, "007");
  EXPECT_EQ(config.arrangements.distribution, ArrangementDistribution::log_uniform);
  EXPECT_EQ(config.init.map, PrimalMap::eq46);
  EXPECT_EQ(config.primal_optimizer.batch, 0);
  EXPECT_EQ(config.primal_optimizer.beta1, 0.5);
  EXPECT_EQ(config.dual_optimizer.beta2, 0.9);
  EXPECT_EQ(config.dual_optimizer.batch, 20);
  EXPECT_EQ(config.dual_optimizer.name, OptimizerName::asgd);
  EXPECT_TRUE(config.certify.smoothing_widths.empty());
  EXPECT_EQ(config.run.networks, std::vector<Network>{Network::dual});
  EXPECT_EQ(config.run.backend, BackendName::automatic);
  EXPECT_EQ(config.run.comm, CommName::nccl);
  EXPECT_EQ(config.run.comm_timeout, 0.5);
  EXPECT_EQ(config.run.comm_chunks, 4);
  EXPECT_EQ(config.run.watchdog, 90.0);
  EXPECT_EQ(config.run.grid.patches, 3);
  EXPECT_EQ(config.run.checkpoint.keep, 5);
}

TEST(Config, OneNetworksOptimizerBeatsTheSharedOneWhereverItStands) {
  const Config config = parse("optimizer: {dual: {lr: 0.5}, lr: 0.25, epochs: 10}",
                              {"optimizer.lr=0.125", "optimizer.primal.epochs=20", "optimizer.epochs=30"});
  EXPECT_EQ(config.primal_optimizer.lr, 0.125);
  EXPECT_EQ(config.dual_optimizer.lr, 0.5);
  EXPECT_EQ(config.primal_optimizer.epochs, 20);
  EXPECT_EQ(config.dual_optimizer.epochs, 30);
}

TEST(Config, LaterOverridesBeatEarlierOnesAndTheFile) {
  const Config config =
      parse("network: {beta: 1, rho: 1}", {"network.beta=2", "network.beta=3", "network={rho: 0}",
                                           "run.networks=[dual]", "data.path=", "data.path=~/m"});
  EXPECT_EQ(config.network.beta, 3.0);
  EXPECT_EQ(config.network.rho, 0.0);
  EXPECT_EQ(config.run.networks, std::vector<Network>{Network::dual});
  EXPECT_EQ(config.data.path, "~/m");
}

TEST(ConfigDump, ReadsBackExactly) {
  const std::string text = R"(
data: {path: "tab\t quote\" back\\slash ü", seed: 18446744073709551615, noise: {sigma: 0.1000000000000000055}}
network: {beta: 1.7976931348623157e308, lambda: 5e-324, rho: 0.30000000000000004}
optimizer: {lr: 0.1, dual: {lr: 0.2, betas: [0, 0.5]}, primal: {batch: 7}}
certify: {smoothing_widths: [1e-300, 3]}
)";
  const Config config = parse(text);
  const Config again = parse(dump_config(config));
  EXPECT_EQ(dump_config(again), dump_config(config));
  EXPECT_TRUE(differences_that_matter(config, again).empty());
  EXPECT_EQ(again.data.path, "tab\t quote\" back\\slash ü");
  EXPECT_EQ(again.network.beta, config.network.beta);
  EXPECT_EQ(again.network.lambda, 5e-324);
  EXPECT_EQ(again.network.rho, 0.30000000000000004);
  EXPECT_EQ(again.dual_optimizer.beta1, 0.0);
  EXPECT_EQ(again.primal_optimizer.beta1, 0.9);
  EXPECT_EQ(again.primal_optimizer.batch, 7);
  EXPECT_EQ(again.dual_optimizer.batch, 0);
}

TEST(ConfigDump, SaysWhatNetworksShareOnce) {
  const std::string shared = dump_config(parse("optimizer: {primal: {lr: 0.5}, dual: {lr: 0.5}}"));
  EXPECT_THAT(shared, AllOf(HasSubstr("\n  lr: 0.5\n"), Not(HasSubstr("primal:"))));
  const std::string apart = dump_config(parse("optimizer: {primal: {lr: 0.5}}"));
  EXPECT_THAT(
      apart,
      HasSubstr("  search_steps: 15\n  primal:\n    lr: 0.5\n  dual:\n    lr: 0.003\ncontinuation:\n"));
  EXPECT_THAT(apart, Not(HasSubstr("\n  lr:")));
}

TEST(ConfigDump, SchemaOrderAndShortestNumbers) {
  const std::string text = dump_config(Config{});
  EXPECT_THAT(text, StartsWith("data:\n  source: digits\n  path: \"\"\n  images: 600\n"));
  EXPECT_THAT(text, HasSubstr("  noise:\n    sigma: 0.25\n    seed: 1\npatches:\n  filter: 3\n"));
  EXPECT_THAT(text, HasSubstr("  batch: full\n"));
}

/// Keys without which some values contradict the defaults.
Overrides background_of(const std::string& key) {
  if (key.starts_with("continuation."))
    return {"run.networks=[dual]", "optimizer.dual.name=newton", "continuation.parameter=lambda",
            "continuation.values=[1]"};
  if (key.starts_with("arrangements.pricing.")) return {"run.networks=[dual]", "optimizer.dual.name=newton"};
  return {"optimizer.momentum=0.5", "arrangements.source=primal", "arrangements.path=w.h5", "init.path=w.h5",
          "data.path=d"};
}

/// An override that gives the key a value as dump_config prints it.
std::string override_of(const std::string& key, const std::string& printed) {
  return key + "=" + plain_text(key, printed).value_or(printed);
}

/// An override that changes the key.
std::string changed_value(const KeyDescription& key, const Config& before) {
  for (const char* value :
       {"true", "[dual]",    "[0.25, 0.5]", "0.0625",   "0.5",  "7",      "777",    "other",
        "fp64", "reference", "mnist",       "beta_max", "file", "sphere", "normal", "eq46",
        "sgd",  "constant",  "nccl",        "ball",     "none", "beta",   "all"}) {
    std::string argument = key.key + "=" + value;
    Overrides overrides = background_of(key.key);
    overrides.push_back(argument);
    try {
      if (dump_config(parse("", overrides)) != dump_config(before)) return argument;
    } catch (const Error&) {
      continue;
    }
  }
  ADD_FAILURE() << "no value of the test's list changes " << key.key;
  return "";
}

TEST(ConfigKeys, EachIsReadPrintedComparedAndDescribed) {
  for (const KeyDescription& key : describe_keys()) {
    SCOPED_TRACE(key.key);
    Overrides overrides = background_of(key.key);
    const Config before = parse("", overrides);
    EXPECT_FALSE(key.allowed.empty() || key.default_value.empty() || key.help.empty());
    EXPECT_EQ(dump_config(parse("", {override_of(key.key, key.default_value)})), dump_config(Config{}));
    overrides.push_back(changed_value(key, before));
    const Config after = parse("", overrides);
    EXPECT_EQ(dump_config(parse(dump_config(after))), dump_config(after));
    const std::vector<Difference> found = differences_that_matter(before, after);
    ASSERT_EQ(found.size(), key.changes_result ? (key.per_network ? 2U : 1U) : 0U);
    if (found.empty()) continue;
    const std::string last_part = key.key.substr(key.key.rfind('.'));
    EXPECT_TRUE(key.per_network ? found[1].key == "optimizer.dual" + last_part : found[0].key == key.key);
    overrides.back() = override_of(key.key, found[0].after);
    EXPECT_EQ(dump_config(parse("", overrides)), dump_config(after));
    EXPECT_NE(found[0].before, found[0].after);
  }
}

TEST(ConfigDifferences, SayBothValues) {
  const auto found =
      differences_that_matter(parse("network: {beta: 5}"), parse("optimizer: {dual: {lr: 1}}"));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].key, "network.beta");
  EXPECT_EQ(found[0].before, "5");
  EXPECT_EQ(found[0].after, "100");
  EXPECT_EQ(found[1].key, "optimizer.dual.lr");
  EXPECT_EQ(found[1].after, "1");
}

TEST(ConfigDifferences, EpochsMayDifferWhereTheScheduleIsConstant) {
  const std::string text = "optimizer: {epochs: 10, dual: {schedule: constant}}";
  const auto found = differences_that_matter(parse(text), parse(text, {"optimizer.epochs=20"}));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].key, "optimizer.primal.epochs");
}

TEST(ConfigDifferences, NotOfThePathOrTheRun) {
  const Config other = parse(R"(
data: {path: elsewhere}
run: {networks: [dual], backend: cpu, comm: mpi, comm_timeout: 5, watchdog: 9, comm_chunks: 3, threads: 2,
      evaluate_every: 1, grid: {patches: 1, arrangements: 2}, checkpoint: {every: 1, seconds: 1, keep: 9}, stop: {gap: 0.1, seconds: 9}}
)");
  EXPECT_TRUE(differences_that_matter(Config{}, other).empty());
}

TEST(ConfigError, UnknownKeysNameTheNearest) {
  EXPECT_EQ(
      refusal("network:\n  beta: 5\n  filtres: 60\n"),
      "c.yaml:3:3: unknown key network.filtres (allowed in network: lambda, beta, rho, beta_units, form, "
      "constraints, hard, filters, arrangements); did you mean network.filters?");
  EXPECT_THAT(refusal("optimiser: {lr: 1}"),
              AllOf(StartsWith("c.yaml:1:1: unknown key optimiser"), HasSubstr("did you mean optimizer?")));
  EXPECT_THAT(refusal("optimizer: {dual: {lrr: 1}}"), HasSubstr("did you mean optimizer.dual.lr?"));
  EXPECT_THAT(refusal("lamda: 1"), HasSubstr("did you mean network.lambda?"));
  EXPECT_THAT(refusal("data: {sigma: 1}"), HasSubstr("did you mean data.noise.sigma?"));
  EXPECT_THAT(refusal("data: {images: 5}\ndata.images.x: 5"), HasSubstr("unknown key data.images.x"));
  EXPECT_THAT(refusal("", {"optimizer.leaning=1"}),
              AllOf(StartsWith("--set optimizer.leaning=1: unknown key"), Not(HasSubstr("did you mean"))));
  EXPECT_THAT(refusal("seed: 1"), Not(HasSubstr("did you mean")));  // four sections have one
  EXPECT_THAT(refusal("\"\": 1"), HasSubstr("unknown key \"\""));
}

TEST(ConfigError, ValuesOfTheWrongType) {
  EXPECT_EQ(refusal("network:\n  beta: abc\n"),
            "c.yaml:2:9: network.beta: found abc (allowed: number > 0); give it such a value");
  EXPECT_THAT(refusal("data: {images: 6.5}"), HasSubstr("found 6.5 (allowed: integer from 0"));
  EXPECT_THAT(refusal("data: {images: \"6\"}"), HasSubstr("found \"6\" (allowed: integer"));
  EXPECT_THAT(refusal("data: {images: }"), HasSubstr("data.images: found nothing"));
  EXPECT_THAT(refusal("data: {images: [6]}"), HasSubstr("found a list (allowed"));
  EXPECT_THAT(refusal("data: {images: {a: 6}}"), HasSubstr("found a map (allowed"));
  EXPECT_THAT(refusal("data: {path: [a]}"), HasSubstr("data.path: found a list (allowed: text)"));
  EXPECT_THAT(refusal("data: {normalise: yes}"), HasSubstr("found yes (allowed: true | false)"));
  EXPECT_THAT(
      refusal("optimizer: {name: adm}"),
      AllOf(
          HasSubstr("found adm (allowed: sgd | asgd | svrg | adagrad | adam | newton | fista | frank_wolfe)"),
          HasSubstr("did you mean adam?")));
  EXPECT_THAT(refusal("optimizer: {batch: ful}"), HasSubstr("found ful (allowed: integer from 1 to"));
  EXPECT_THAT(refusal("run: {networks: dual}"), HasSubstr("found dual (allowed: list of"));
  EXPECT_THAT(refusal("data: 5"), HasSubstr("c.yaml:1:7: data: found 5 (allowed: a map with source, path"));
  EXPECT_THAT(refusal("run:\n  grid: [1, 2]"),
              HasSubstr("c.yaml:2:9: run.grid: found a list (allowed: a map with"));
  EXPECT_THAT(refusal("- 1"), HasSubstr("c.yaml:1:1: found a list (allowed: a map with data"));
  EXPECT_THAT(refusal("just words"), HasSubstr("found just words (allowed: a map"));
  EXPECT_THAT(refusal("? [a]\n: 5"), HasSubstr("c.yaml:1:3: found a list as a key"));
}

TEST(ConfigError, ValuesOutOfRange) {
  for (const std::string argument : {"network.beta=0",
                                     "network.beta=-1",
                                     "network.beta=.nan",
                                     "network.beta=nan",
                                     "network.beta=.inf",
                                     "network.beta=-.Inf",
                                     "network.beta=1e999",
                                     "network.beta=1e-999",
                                     "network.lambda=-0.1",
                                     "data.images=-1",
                                     "data.images=3000000000",
                                     "data.test_images=-2",
                                     "data.seed=-1",
                                     "data.seed=18446744073709551616",
                                     "data.noise.sigma=-1",
                                     "patches.filter=4",
                                     "patches.filter=-1",
                                     "optimizer.batch=0",
                                     "optimizer.lr=0",
                                     "optimizer.momentum=1",
                                     "optimizer.betas=[0.9, 1]",
                                     "optimizer.betas=[0.9]",
                                     "optimizer.epochs=0",
                                     "certify.smoothing_widths=[0.1, 0]",
                                     "run.networks=[]",
                                     "run.networks=[dual, dual]",
                                     "run.checkpoint.keep=1",
                                     "run.comm_timeout=0",
                                     "run.watchdog=-1",
                                     "run.comm_chunks=-1",
                                     "run.threads=-1",
                                     "run.grid.patches=-1",
                                     "run.stop.gap=1",
                                     "arrangements.radius=0"}) {
    const std::string key = argument.substr(0, argument.find('='));
    EXPECT_THAT(refusal("", {argument}),
                AllOf(StartsWith("--set " + argument + ": " + key + ": found "), HasSubstr("(allowed: ")));
  }
  EXPECT_THAT(refusal("network: {beta: .nan}"), HasSubstr("found .nan, which is not finite"));
  EXPECT_THAT(refusal("certify:\n  smoothing_widths: [1,\n    -2]"),
              StartsWith("c.yaml:3:5: certify.smoothing_widths: found -2"));
}

TEST(ConfigError, KeysGivenTwice) {
  EXPECT_EQ(
      refusal("data:\n  images: 5\n  images: 5\n"),
      "c.yaml:3:3: found data.images a second time (allowed: once, first at c.yaml:2:3); keep one of them");
  EXPECT_THAT(refusal("data: {seed: 1}\nrun: {}\ndata: {pool: 700}\n"),
              StartsWith("c.yaml:3:1: found data a second"));
  EXPECT_THAT(refusal("data.images: 5\ndata: {images: 5}"), HasSubstr("data.images a second time"));
}

TEST(ConfigError, TheFirstIsReported) {
  EXPECT_THAT(refusal("data: {images: x}\ndta: 5", {"nonsense"}), StartsWith("c.yaml:1:16: data.images"));
  EXPECT_THAT(refusal("data: {images: x}", {"data.images=5"}), StartsWith("c.yaml:1:16: data.images"));
}

TEST(ConfigError, TextThatIsNotYaml) {
  EXPECT_THAT(refusal("data:\n  images: 5\n path: x\n"),
              AllOf(StartsWith("c.yaml:3:"), HasSubstr("not YAML (")));
  EXPECT_THAT(refusal("data: {images: *none}"), HasSubstr("not YAML ("));
  EXPECT_THAT(refusal("", {"network.beta=@x"}), StartsWith("--set network.beta=@x: not YAML ("));
  EXPECT_THAT(refusal("data: {}\n---\nrun: {}"), StartsWith("c.yaml:3:1: found a second document"));
  EXPECT_THAT(refusal("---\n---\nrun: {}"), StartsWith("c.yaml:3:1: found a second document"));
  // yaml-cpp finds documents in it for ever, and takes memory for each.
  EXPECT_THAT(refusal("!!f,ork.beta5 !!floetworks:network.form !!sept{ rimal}\n"), StartsWith("c.yaml:1:"));
  EXPECT_THAT(refusal(std::string(100000, '[')), HasSubstr("not YAML ("));
}

TEST(ConfigError, OverridesThatSetNothing) {
  EXPECT_THAT(refusal("", {"network.beta"}), StartsWith("--set network.beta: found no '='"));
  EXPECT_THAT(refusal("", {"=5"}), StartsWith("--set =5: found no key"));
  EXPECT_THAT(refusal("", {"network="}), StartsWith("--set network=: sets nothing"));
  EXPECT_THAT(refusal("", {"network=5"}), HasSubstr("network: found 5 (allowed: a map with"));
  EXPECT_THAT(refusal("", {"network.beta="}), HasSubstr("network.beta: found nothing"));
}

TEST(ConfigFile, OneThatCannotBeReadIsNamed) {
  for (const std::string path : {"/no/such/file.yaml", "/tmp"}) {
    try {
      load_config(path, {});
      ADD_FAILURE() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::usage);
      EXPECT_THAT(error.what(), HasSubstr(path));
    }
  }
}

TEST(ConfigFile, EveryOneUnderConfigsIsValid) {
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(ZEROGAP_SOURCE_DIR "/configs")) {
    const bool sweep = entry.path().parent_path().filename() == "sweep" ||
                       entry.path().filename().string().starts_with("figure");
    if (entry.path().extension() != ".yaml" || sweep) continue;
    SCOPED_TRACE(entry.path());
    EXPECT_NO_THROW(load_config(entry.path(), {}));
    ++files;
  }
  EXPECT_GE(files, 2);
}

TEST(ConfigFile, TheMnistRunsLiteralsAreTheDefaults) {
  const Config mnist = load_config(ZEROGAP_SOURCE_DIR "/configs/mnist.yaml",
                                   {"data.source=digits", "data.pool=all", "data.final_test=same"});
  EXPECT_EQ(dump_config(mnist), dump_config(Config{}));
}

}  // namespace
}  // namespace zerogap
