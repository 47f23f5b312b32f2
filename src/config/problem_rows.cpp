// SPDX-License-Identifier: Apache-2.0
#include "config/rows.hpp"

namespace zerogap::schema {
namespace {

const Choice<DataSource> data_sources{{{"digits", DataSource::digits},
                                       {"mnist", DataSource::mnist},
                                       {"hdf5", DataSource::hdf5},
                                       {"images", DataSource::images}}};
const Choice<FinalTest> final_tests{{{"same", FinalTest::same}, {"all", FinalTest::all}}};
const Choice<BetaUnits> beta_units{{{"absolute", BetaUnits::absolute}, {"beta_max", BetaUnits::beta_max}}};
const Choice<NetworkForm> forms{{{"decay", NetworkForm::decay},
                                 {"product", NetworkForm::product},
                                 {"ball", NetworkForm::ball},
                                 {"relative", NetworkForm::relative}}};
const Choice<Constraints> constraint_kinds{
    {{"hinge", Constraints::hinge}, {"hard", Constraints::hard}, {"none", Constraints::none}}};
const Choice<ArrangementSource> arrangement_sources{{{"random", ArrangementSource::random},
                                                     {"file", ArrangementSource::file},
                                                     {"primal", ArrangementSource::primal}}};
const Choice<ArrangementDistribution> distributions{{{"normal", ArrangementDistribution::normal},
                                                     {"sphere", ArrangementDistribution::sphere},
                                                     {"log_uniform", ArrangementDistribution::log_uniform}}};
const Choice<InitKind> init_kinds{{{"kaiming_uniform", InitKind::kaiming_uniform},
                                   {"normal", InitKind::normal},
                                   {"zero", InitKind::zero},
                                   {"file", InitKind::file},
                                   {"dual", InitKind::dual}},
                                  {{"greedy", InitKind::greedy}}};
const Choice<DualInit> dual_inits{{{"auto", DualInit::automatic},
                                   {"same", DualInit::same},
                                   {"zero", DualInit::zero},
                                   {"kaiming_uniform", DualInit::kaiming_uniform},
                                   {"normal", DualInit::normal},
                                   {"blocks", DualInit::blocks}}};
const Choice<PrimalMap> primal_maps{{{"eq46", PrimalMap::eq46}, {"gate", PrimalMap::gate}}};

}  // namespace

std::vector<Row> problem_rows() {
  using enum Effect;
  const Integer test_count{.low = -1};
  const Integer pool{.low = 1, .word = "all", .word_value = kWholePool};
  const Integer side{.low = 1, .high = 63, .odd = true};
  return {
      row(
          "data.source", [](auto& c) -> auto& { return c.data.source; }, data_sources, result,
          "source of the images; digits: drawn by the program; mnist: MNIST's files; hdf5: one HDF5 file; "
          "images: a folder of PNG files"),
      row(
          "data.path", [](auto& c) -> auto& { return c.data.path; }, Text{}, none,
          "folder (mnist, images) or file (hdf5) with the images; empty for mnist: the folder that the "
          "environment variable ZEROGAP_DATA_DIR names, otherwise datasets/mnist; digits do not read it"),
      row(
          "data.images", [](auto& c) -> auto& { return c.data.images; }, count_or_none, result,
          "number of training images, selected at random from the pool; 0: every training image of the "
          "source (of digits: the pool)"),
      row(
          "data.pool", [](auto& c) -> auto& { return c.data.pool; }, pool, result,
          "number of training images at the start of the source from which data.images are selected; all: "
          "every one (of digits: 10,000)"),
      row(
          "data.test_images", [](auto& c) -> auto& { return c.data.test_images; }, test_count, result,
          "number of test images; -1: as many as training images, or all if the source has fewer; 0: none"),
      row(
          "data.strict", [](auto& c) -> auto& { return c.data.strict; }, Flag{}, none,
          "whether it is an error, instead of a warning, if a source has fewer images than data.pool, "
          "data.images or data.test_images request"),
      row(
          "data.final_test", [](auto& c) -> auto& { return c.data.final_test; }, final_tests, result,
          "test images of the last evaluation; same: as in every other evaluation; all: every test image of "
          "the source"),
      row(
          "data.normalise", [](auto& c) -> auto& { return c.data.normalise; }, Flag{}, result,
          "whether the mean of the clean training pixels is subtracted from all images, which are then "
          "divided by the standard deviation of those pixels"),
      row(
          "data.seed", [](auto& c) -> auto& { return c.data.seed; }, Seed{}, result,
          "seed of the random selection of images and of the order of mini-batches"),
      row(
          "data.noise.sigma", [](auto& c) -> auto& { return c.data.noise_sigma; }, not_negative, result,
          "standard deviation of the Gaussian noise that is added to pixels in [0, 1]"),
      row(
          "data.noise.seed", [](auto& c) -> auto& { return c.data.noise_seed; }, Seed{}, result,
          "seed of the noise"),

      row(
          "patches.filter", [](auto& c) -> auto& { return c.patches.filter; }, side, result,
          "side of a filter, and of the patches that it is applied to, in pixels"),

      row(
          "network.lambda", [](auto& c) -> auto& { return c.network.lambda; }, not_negative, result,
          "threshold lambda of the soft-thresholding"),
      row(
          "network.beta", [](auto& c) -> auto& { return c.network.beta; }, positive, result,
          "weight beta of the regularisation, in the units that network.beta_units gives"),
      row(
          "network.rho", [](auto& c) -> auto& { return c.network.rho; }, not_negative, result,
          "weight rho of the hinge that penalises violated sign constraints of the dual network; 0: no sign "
          "constraints"),
      row(
          "network.beta_units", [](auto& c) -> auto& { return c.network.beta_units; }, beta_units, result,
          "units of network.beta; absolute: beta itself; beta_max: multiples of the smallest beta at which "
          "the dual network's optimum without sign constraints is zero"),
      row(
          "network.form", [](auto& c) -> auto& { return c.network.form; }, forms, result,
          "objective of the primal network; decay: weight decay (Eq. 20); product: the regularisation 2 beta "
          "sum |u| |v| (Eq. 50); ball: |u| <= 1 and the regularisation 2 beta sum |v| (Eq. 26); relative: "
          "weight decay with the threshold lambda |u|"),
      row(
          "network.constraints", [](auto& c) -> auto& { return c.network.constraints; }, constraint_kinds,
          result,
          "sign constraints of the dual network; hinge: penalised with the weight network.rho; hard: "
          "enforced by a hinge whose weight grows from network.rho; none: left out, as for rho = 0"),
      row(
          "network.hard.violation", [](auto& c) -> auto& { return c.hard.violation; }, positive, result,
          "hard constraints c y.w >= 0: largest violation that counts as satisfied, relative to the largest "
          "|c y.w|"),
      row(
          "network.hard.factor", [](auto& c) -> auto& { return c.hard.factor; },
          Number{.low = 1.0, .open = true}, result,
          "hard constraints: factor by which rho grows from one program to the next"),
      row(
          "network.hard.rho_max", [](auto& c) -> auto& { return c.hard.rho_max; }, positive, result,
          "hard constraints: largest rho that is tried; if a larger one is needed, the constraints count as "
          "unreachable"),
      row(
          "network.filters", [](auto& c) -> auto& { return c.network.filters; }, count, result,
          "number K of filters of the primal network"),
      row(
          "network.arrangements", [](auto& c) -> auto& { return c.network.arrangements; }, count, result,
          "number P of blocks of the dual network, each a vector g with the gate that it defines"),

      row(
          "arrangements.seed", [](auto& c) -> auto& { return c.arrangements.seed; }, Seed{}, result,
          "seed of the random vectors g of the dual network's blocks"),
      row(
          "arrangements.source", [](auto& c) -> auto& { return c.arrangements.source; }, arrangement_sources,
          result,
          "origin of the blocks' vectors g; random: drawn at random; file: the array dual/g of "
          "arrangements.path; primal: the filters primal/u of arrangements.path"),
      row(
          "arrangements.path", [](auto& c) -> auto& { return c.arrangements.path; }, Text{}, result,
          "for arrangements.source file and primal: HDF5 file or checkpoint with the vectors g"),
      row(
          "arrangements.include_random", [](auto& c) -> auto& { return c.arrangements.include_random; },
          Flag{}, result,
          "for arrangements.source primal: whether random vectors are added to the filters until there are "
          "network.arrangements blocks"),
      row(
          "arrangements.distribution", [](auto& c) -> auto& { return c.arrangements.distribution; },
          distributions, result,
          "distribution of the random vectors g; normal: independent Gaussian entries; sphere: uniform on a "
          "sphere; log_uniform: uniform direction, logarithmically uniform length"),
      row(
          "arrangements.std", [](auto& c) -> auto& { return c.arrangements.std; }, positive, result,
          "for arrangements.distribution normal: standard deviation of the entries of g"),
      row(
          "arrangements.radius", [](auto& c) -> auto& { return c.arrangements.radius; }, positive, result,
          "for arrangements.distribution sphere: length of g"),
      row(
          "arrangements.radius_min", [](auto& c) -> auto& { return c.arrangements.radius_min; }, positive,
          result, "for arrangements.distribution log_uniform: smallest length of g"),
      row(
          "arrangements.radius_max", [](auto& c) -> auto& { return c.arrangements.radius_max; }, positive,
          result, "for arrangements.distribution log_uniform: largest length of g"),
      row(
          "arrangements.drop_dead", [](auto& c) -> auto& { return c.arrangements.drop_dead; }, Flag{}, result,
          "whether blocks that no training patch passes (their gate is zero on all of them) are left out"),

      row(
          "arrangements.pricing.rounds", [](auto& c) -> auto& { return c.arrangements.pricing.rounds; },
          count_or_none, result,
          "number of searches for blocks that lower the dual network's optimum, each followed by another "
          "solve; needs run.networks [dual] and newton or fista; 0: none"),
      row(
          "arrangements.pricing.add", [](auto& c) -> auto& { return c.arrangements.pricing.add; }, count,
          result, "largest number of blocks added after a search"),
      row(
          "arrangements.pricing.starts", [](auto& c) -> auto& { return c.arrangements.pricing.starts; },
          count, result, "number of random vectors from which each search starts"),
      row(
          "arrangements.pricing.steps", [](auto& c) -> auto& { return c.arrangements.pricing.steps; },
          count_or_none, result, "number of steps of the local ascent from each start"),
      row(
          "arrangements.pricing.seed", [](auto& c) -> auto& { return c.arrangements.pricing.seed; }, Seed{},
          result, "seed of the random starts"),
      row(
          "arrangements.pricing.tolerance", [](auto& c) -> auto& { return c.arrangements.pricing.tolerance; },
          not_negative, result,
          "a block is added if its price (docs/theory.md, section 11) exceeds 2 beta by more than this "
          "fraction"),
      row(
          "arrangements.pricing.filters", [](auto& c) -> auto& { return c.arrangements.pricing.filters; },
          Text{}, result,
          "HDF5 file or checkpoint whose filters primal/u are candidates for blocks as well; empty: none"),
      row(
          "arrangements.pricing.doublings", [](auto& c) -> auto& { return c.arrangements.pricing.doublings; },
          Integer{.low = 0, .high = 16}, result,
          "number of times that the number of random blocks is doubled and the program solved again, for "
          "comparison; needs run.networks [dual] and newton or fista; 0: none"),
      row(
          "init.kind", [](auto& c) -> auto& { return c.init.kind; }, init_kinds, result,
          "initial weights; kaiming_uniform, normal: random; zero: all 0; file: those of init.path; dual: "
          "the primal network is made from the dual weights of init.path"),
      row(
          "init.dual_kind", [](auto& c) -> auto& { return c.init.dual_kind; }, dual_inits, result,
          "initial weights of the dual network; auto: zero if init.kind is random, otherwise as init.kind "
          "says; same: as init.kind says; blocks: w' = g and w = 0"),
      row(
          "init.std", [](auto& c) -> auto& { return c.init.std; }, positive, result,
          "for init.kind or init.dual_kind normal: standard deviation of the weights"),
      row(
          "init.kaiming_a", [](auto& c) -> auto& { return c.init.kaiming_a; }, not_negative, result,
          "for init.kind or init.dual_kind kaiming_uniform: a in the limit sqrt(6 / ((1 + a^2) fan_in)) of "
          "the weights; layers of PyTorch begin with sqrt(5)"),
      row(
          "init.seed", [](auto& c) -> auto& { return c.init.seed; }, Seed{}, result,
          "seed of random weights"),
      row(
          "init.path", [](auto& c) -> auto& { return c.init.path; }, Text{}, result,
          "for init.kind file and dual: HDF5 file or checkpoint with the weights"),
      row(
          "init.map", [](auto& c) -> auto& { return c.init.map; }, primal_maps, result,
          "for init.kind dual: how dual weights w become filters u; eq46: by the paper's Eq. 46, |u| = "
          "sqrt|w|; gate: with the length of the block's vector g, |u| = |g|"),
  };
}

}  // namespace zerogap::schema
