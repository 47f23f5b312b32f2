#include "config/rows.hpp"

namespace zerogap::schema {
namespace {

const Choice<DataSource> data_sources{{{"digits", DataSource::digits},
                                       {"mnist", DataSource::mnist},
                                       {"hdf5", DataSource::hdf5},
                                       {"images", DataSource::images}}};
const Choice<BetaUnits> beta_units{{{"absolute", BetaUnits::absolute}, {"beta_max", BetaUnits::beta_max}}};
const Choice<NetworkForm> forms{
    {{"decay", NetworkForm::decay}, {"ball", NetworkForm::ball}, {"relative", NetworkForm::relative}}};
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
                                   {"dual", InitKind::dual},
                                   {"greedy", InitKind::greedy}}};
const Choice<DualInit> dual_inits{{{"auto", DualInit::automatic},
                                   {"same", DualInit::same},
                                   {"zero", DualInit::zero},
                                   {"kaiming_uniform", DualInit::kaiming_uniform},
                                   {"normal", DualInit::normal}}};
const Choice<PrimalMap> primal_maps{{{"eq46", PrimalMap::eq46}, {"gate", PrimalMap::gate}}};

}  // namespace

std::vector<Row> problem_rows() {
  using enum Effect;
  const Integer test_count{.low = -1};
  const Integer side{.low = 1, .high = 63, .odd = true};
  return {
      row(
          "data.source", [](auto& c) -> auto& { return c.data.source; }, data_sources, result,
          "where images come from; digits are drawn by the program"),
      row(
          "data.path", [](auto& c) -> auto& { return c.data.path; }, Text{}, none,
          "folder (mnist, images) or file (hdf5); empty: ZEROGAP_DATA_DIR for mnist"),
      row(
          "data.images", [](auto& c) -> auto& { return c.data.images; }, count_or_none, result,
          "training images, selected from the pool; 0: every image of the source"),
      row(
          "data.pool", [](auto& c) -> auto& { return c.data.pool; }, count, result,
          "the first so many training images are the pool"),
      row(
          "data.test_images", [](auto& c) -> auto& { return c.data.test_images; }, test_count, result,
          "-1: as many as data.images, or all where there are fewer; 0: none"),
      row(
          "data.strict", [](auto& c) -> auto& { return c.data.strict; }, Flag{}, none,
          "an error, not a warning, where a source has fewer images than pool, images or test_images ask "
          "for"),
      row(
          "data.all_test_images_at_end", [](auto& c) -> auto& { return c.data.all_test_images_at_end; },
          Flag{}, result, "the last evaluation uses every test image"),
      row(
          "data.normalise", [](auto& c) -> auto& { return c.data.normalise; }, Flag{}, result,
          "subtract the mean and divide by the deviation of the training pixels"),
      row(
          "data.seed", [](auto& c) -> auto& { return c.data.seed; }, Seed{}, result, "of the selection"),
      row(
          "data.noise.sigma", [](auto& c) -> auto& { return c.data.noise_sigma; }, not_negative, result,
          "standard deviation of the noise, pixels being in [0, 1]"),
      row(
          "data.noise.seed", [](auto& c) -> auto& { return c.data.noise_seed; }, Seed{}, result,
          "of the noise"),

      row(
          "patches.filter", [](auto& c) -> auto& { return c.patches.filter; }, side, result,
          "side of a filter"),

      row(
          "network.lambda", [](auto& c) -> auto& { return c.network.lambda; }, not_negative, result,
          "soft threshold"),
      row(
          "network.beta", [](auto& c) -> auto& { return c.network.beta; }, positive, result,
          "regularisation"),
      row(
          "network.rho", [](auto& c) -> auto& { return c.network.rho; }, not_negative, result,
          "weight of the dual's hinge; 0: no sign constraints"),
      row(
          "network.beta_units", [](auto& c) -> auto& { return c.network.beta_units; }, beta_units, result,
          "of network.beta; beta_max: multiples of the beta above which the dual's optimum is zero"),
      row(
          "network.form", [](auto& c) -> auto& { return c.network.form; }, forms, result,
          "of the primal: decay (Eq. 20); ball: |u| <= 1, 2 beta sum |v| (Eq. 26); relative: threshold "
          "lambda |u|"),
      row(
          "network.constraints", [](auto& c) -> auto& { return c.network.constraints; }, constraint_kinds,
          result,
          "of the dual: hinge of weight network.rho; hard: rho grows until they hold; none: as rho = 0"),
      row(
          "network.hard.violation", [](auto& c) -> auto& { return c.hard.violation; }, positive, result,
          "hard: largest violation allowed, relative to the largest |c y.w|"),
      row(
          "network.hard.factor", [](auto& c) -> auto& { return c.hard.factor; },
          Number{.low = 1.0, .open = true}, result, "hard: by which rho grows from one program to the next"),
      row(
          "network.hard.most", [](auto& c) -> auto& { return c.hard.most; }, positive, result,
          "hard: rho beyond which the constraints count as unreachable"),
      row(
          "network.filters", [](auto& c) -> auto& { return c.network.filters; }, count, result,
          "K, the primal's filters"),
      row(
          "network.arrangements", [](auto& c) -> auto& { return c.network.arrangements; }, count, result,
          "P, the dual's blocks"),

      row(
          "arrangements.seed", [](auto& c) -> auto& { return c.arrangements.seed; }, Seed{}, result,
          "of random vectors"),
      row(
          "arrangements.source", [](auto& c) -> auto& { return c.arrangements.source; }, arrangement_sources,
          result, "random vectors, dual/g of a file, or the filters primal/u of a file"),
      row(
          "arrangements.path", [](auto& c) -> auto& { return c.arrangements.path; }, Text{}, result,
          "file, primal: an HDF5 file; a checkpoint will do"),
      row(
          "arrangements.beside_random", [](auto& c) -> auto& { return c.arrangements.beside_random; }, Flag{},
          result, "primal: random vectors fill up to network.arrangements"),
      row(
          "arrangements.distribution", [](auto& c) -> auto& { return c.arrangements.distribution; },
          distributions, result, "of random vectors; log_uniform: of their length"),
      row(
          "arrangements.std", [](auto& c) -> auto& { return c.arrangements.std; }, positive, result,
          "normal: standard deviation of the entries"),
      row(
          "arrangements.radius", [](auto& c) -> auto& { return c.arrangements.radius; }, positive, result,
          "sphere: the length"),
      row(
          "arrangements.radius_min", [](auto& c) -> auto& { return c.arrangements.radius_min; }, positive,
          result, "log_uniform: the least length"),
      row(
          "arrangements.radius_max", [](auto& c) -> auto& { return c.arrangements.radius_max; }, positive,
          result, "log_uniform: the greatest length"),
      row(
          "arrangements.drop_dead", [](auto& c) -> auto& { return c.arrangements.drop_dead; }, Flag{}, result,
          "leave out blocks whose gate is zero on every training patch"),

      row(
          "arrangements.pricing.rounds", [](auto& c) -> auto& { return c.arrangements.pricing.rounds; },
          count_or_none, result,
          "searches for blocks that lower the optimum, each followed by another solve; 0: none"),
      row(
          "arrangements.pricing.add", [](auto& c) -> auto& { return c.arrangements.pricing.add; }, count,
          result, "blocks added a round, at most"),
      row(
          "arrangements.pricing.starts", [](auto& c) -> auto& { return c.arrangements.pricing.starts; },
          count, result, "random vectors that a search starts from"),
      row(
          "arrangements.pricing.steps", [](auto& c) -> auto& { return c.arrangements.pricing.steps; },
          count_or_none, result, "of the local ascent from each start"),
      row(
          "arrangements.pricing.seed", [](auto& c) -> auto& { return c.arrangements.pricing.seed; }, Seed{},
          result, "of the starts"),
      row(
          "arrangements.pricing.tolerance", [](auto& c) -> auto& { return c.arrangements.pricing.tolerance; },
          not_negative, result,
          "a block is added where its price is above 2 beta by more than this, relative"),
      row(
          "arrangements.pricing.filters", [](auto& c) -> auto& { return c.arrangements.pricing.filters; },
          Text{}, result, "an HDF5 file whose primal/u are candidates as well; a checkpoint will do"),
      row(
          "arrangements.pricing.doublings", [](auto& c) -> auto& { return c.arrangements.pricing.doublings; },
          Integer{.low = 0, .high = 16}, result,
          "how often P is doubled by nested sampling and solved, to compare with"),
      row(
          "init.kind", [](auto& c) -> auto& { return c.init.kind; }, init_kinds, result,
          "how weights start; file: from a file; dual: the primal from a file's dual weights; greedy: the "
          "primal "
          "filter by filter, each the best one found"),
      row(
          "init.dual_kind", [](auto& c) -> auto& { return c.init.dual_kind; }, dual_inits, result,
          "the dual's start weights; auto: zero where init.kind is random, otherwise the same"),
      row(
          "init.std", [](auto& c) -> auto& { return c.init.std; }, positive, result,
          "normal: standard deviation of the entries"),
      row(
          "init.seed", [](auto& c) -> auto& { return c.init.seed; }, Seed{}, result, "of random weights"),
      row(
          "init.path", [](auto& c) -> auto& { return c.init.path; }, Text{}, result,
          "file, dual: an HDF5 file; a checkpoint will do"),
      row(
          "init.map", [](auto& c) -> auto& { return c.init.map; }, primal_maps, result,
          "dual: how blocks become filters; gate keeps the length of the gate's vector"),
      row(
          "init.greedy.starts", [](auto& c) -> auto& { return c.greedy.search.starts; }, count, result,
          "greedy: random filters that each search starts from"),
      row(
          "init.greedy.steps", [](auto& c) -> auto& { return c.greedy.search.steps; }, count, result,
          "greedy: of the local ascent from each start"),
      row(
          "init.greedy.seed", [](auto& c) -> auto& { return c.greedy.search.seed; }, Seed{}, result,
          "greedy: of the starts"),
      row(
          "init.greedy.polish", [](auto& c) -> auto& { return c.greedy.polish; }, count_or_none, result,
          "greedy: steps on all filters after each new one"),
      row(
          "init.greedy.tolerance", [](auto& c) -> auto& { return c.greedy.tolerance; }, not_negative, result,
          "greedy: end where a new filter lowers the objective by less, relative"),
  };
}

}  // namespace zerogap::schema
