#include "config/schema.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "config/values.hpp"

namespace zerogap::schema {
namespace {

const std::string kOptimizer = "optimizer.";

auto& optimizer_of(auto& config, Network network) {
  return network == Network::primal ? config.primal_optimizer : config.dual_optimizer;
}

/// `at` gives the value's place in a Config (a reference, or a tuple of them).
template <class At, class Kind>
Row row(std::string key, At at, Kind kind, Effect effect, std::string help) {
  auto read = [=](Config& config, Network, const YAML::Node& node) { at(config) = kind.parse(node); };
  auto print = [=](const Config& config, Network) { return kind.print(at(config)); };
  return {std::move(key), std::move(help), kind.allowed(), effect, false, read, print};
}

/// The same in the OptimizerOptions of either network.
template <class At, class Kind>
Row each(const std::string& name, At at, Kind kind, Effect effect, std::string help) {
  auto read = [=](Config& config, Network network, const YAML::Node& node) {
    at(optimizer_of(config, network)) = kind.parse(node);
  };
  auto print = [=](const Config& config, Network network) {
    return kind.print(at(optimizer_of(config, network)));
  };
  return {kOptimizer + name, std::move(help), kind.allowed(), effect, true, read, print};
}

const Integer count{.low = 1};
const Integer count_or_none{.low = 0};

const Choice<DataSource> data_sources{{{"digits", DataSource::digits},
                                       {"mnist", DataSource::mnist},
                                       {"hdf5", DataSource::hdf5},
                                       {"images", DataSource::images}}};
const Choice<BetaUnits> beta_units{{{"absolute", BetaUnits::absolute}, {"beta_max", BetaUnits::beta_max}}};
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
                                   {"dual", InitKind::dual}}};
const Choice<DualInit> dual_inits{{{"auto", DualInit::automatic},
                                   {"same", DualInit::same},
                                   {"zero", DualInit::zero},
                                   {"kaiming_uniform", DualInit::kaiming_uniform},
                                   {"normal", DualInit::normal}}};
const Choice<PrimalMap> primal_maps{{{"eq46", PrimalMap::eq46}, {"gate", PrimalMap::gate}}};
const Choice<OptimizerName> optimizers{{{"sgd", OptimizerName::sgd},
                                        {"asgd", OptimizerName::asgd},
                                        {"svrg", OptimizerName::svrg},
                                        {"adam", OptimizerName::adam},
                                        {"newton", OptimizerName::newton},
                                        {"fista", OptimizerName::fista}}};
const Choice<Schedule> schedules{{{"constant", Schedule::constant}, {"cosine", Schedule::cosine}}};
const Choice<Network> networks{{{"primal", Network::primal}, {"dual", Network::dual}}};
const Choice<Precision> precisions{{{"fp32", Precision::fp32}, {"fp64", Precision::fp64}}};
const Choice<BackendName> backends{{{"auto", BackendName::automatic},
                                    {"reference", BackendName::reference},
                                    {"cpu", BackendName::cpu},
                                    {"cuda", BackendName::cuda}}};
const Choice<CommName> comms{
    {{"auto", CommName::automatic}, {"mpi", CommName::mpi}, {"nccl", CommName::nccl}}};

std::vector<Row> make_rows() {
  using enum Effect;
  const Integer test_count{.low = -1}, all_count{.low = 0};
  const Integer side{.low = 1, .high = 63, .odd = true};
  const Integer batch{.low = 1, .word = "full", .word_value = 0};
  const Integer generations{.low = 2};
  return {
      row(
          "data.source", [](auto& c) -> auto& { return c.data.source; }, data_sources, result,
          "where images come from; digits are drawn by the program"),
      row(
          "data.path", [](auto& c) -> auto& { return c.data.path; }, Text{}, none,
          "folder (mnist, images) or file (hdf5); empty: ZEROGAP_DATA_DIR for mnist"),
      row(
          "data.images", [](auto& c) -> auto& { return c.data.images; }, all_count, result,
          "training images, selected from the pool; 0: every image of the source"),
      row(
          "data.pool", [](auto& c) -> auto& { return c.data.pool; }, count, result,
          "the first so many training images are the pool"),
      row(
          "data.test_images", [](auto& c) -> auto& { return c.data.test_images; }, test_count, result,
          "-1: as many as data.images; 0: none"),
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
          "init.kind", [](auto& c) -> auto& { return c.init.kind; }, init_kinds, result,
          "how weights start; file: from a file; dual: the primal from a file's dual weights"),
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

      each(
          "name", [](auto& o) -> auto& { return o.name; }, optimizers, result,
          "the step rule; newton, fista: solve the dual's program, an epoch being a step"),
      each(
          "schedule", [](auto& o) -> auto& { return o.schedule; }, schedules, result, "of the learning rate"),
      each(
          "batch", [](auto& o) -> auto& { return o.batch; }, batch, result, "images in a mini-batch"),
      each(
          "epochs", [](auto& o) -> auto& { return o.epochs; }, count, schedule, "passes over the images"),
      each(
          "lr", [](auto& o) -> auto& { return o.lr; }, positive, result, "learning rate"),
      each(
          "momentum", [](auto& o) -> auto& { return o.momentum; }, fraction, result,
          "sgd: how much of the last step is kept"),
      each(
          "dampening", [](auto& o) -> auto& { return o.dampening; }, fraction, result,
          "sgd: how much of the gradient the momentum leaves out"),
      each(
          "nesterov", [](auto& o) -> auto& { return o.nesterov; }, Flag{}, result,
          "sgd: Nesterov's momentum"),
      each(
          "weight_decay", [](auto& o) -> auto& { return o.weight_decay; }, not_negative, result,
          "added to the gradient, times the weights; not part of the objective"),
      each(
          "betas", [](auto& o) { return std::tie(o.beta1, o.beta2); }, NumberPair{fraction}, result,
          "adam: decay of the two moments"),
      each(
          "eps", [](auto& o) -> auto& { return o.eps; }, positive, result, "adam: added to the denominator"),
      each(
          "amsgrad", [](auto& o) -> auto& { return o.amsgrad; }, Flag{}, result,
          "adam: keep the greatest second moment"),
      each(
          "lambd", [](auto& o) -> auto& { return o.lambd; }, not_negative, result, "asgd: decay term"),
      each(
          "alpha", [](auto& o) -> auto& { return o.alpha; }, not_negative, result,
          "asgd: power of the learning rate's decay"),
      each(
          "t0", [](auto& o) -> auto& { return o.t0; }, not_negative, result,
          "asgd: the step after which weights are averaged"),
      each(
          "snapshot_every", [](auto& o) -> auto& { return o.snapshot_every; }, count, result,
          "svrg: epochs between full gradients"),
      each(
          "smoothing", [](auto& o) { return std::tie(o.start_mu, o.start_epsilon); }, NumberPair{positive},
          result, "newton: widths of hinge and norm in the first stage"),
      each(
          "smoothing_factor", [](auto& o) -> auto& { return o.smoothing_factor; },
          Number{.low = 1.0, .open = true}, result, "newton: by which the widths shrink from stage to stage"),
      each(
          "cg_tolerance", [](auto& o) -> auto& { return o.cg_tolerance; }, Number{.open = true, .below = 1.0},
          result, "newton: by how much conjugate gradients lower the residual in a step"),
      each(
          "memory", [](auto& o) -> auto& { return o.memory; }, count, result,
          "newton: MiB a rank for the preconditioner's matrices"),

      row(
          "certificate.widths", [](auto& c) -> auto& { return c.certificate.widths; }, NumberList{positive},
          result, "slopes' widths tried for the lower bound beside 0, where network.rho > 0"),

      row(
          "run.networks", [](auto& c) -> auto& { return c.run.networks; }, ChoiceList<Network>{networks},
          none, "which networks to train"),
      row(
          "run.precision", [](auto& c) -> auto& { return c.run.precision; }, precisions, result,
          "of the weights"),
      row(
          "run.backend", [](auto& c) -> auto& { return c.run.backend; }, backends, none,
          "which kernels compute"),
      row(
          "run.comm", [](auto& c) -> auto& { return c.run.comm; }, comms, none, "how ranks communicate"),
      row(
          "run.comm_timeout", [](auto& c) -> auto& { return c.run.comm_timeout; }, positive, none,
          "nccl: seconds that a sum may wait for the other ranks before the run ends"),
      row(
          "run.overlap", [](auto& c) -> auto& { return c.run.overlap; }, count_or_none, none,
          "parts of a gradient, each summed while the next is computed, where steps are taken in halves "
          "(GPUs on "
          "several ranks, or run.grid.arrangements > 1); 0: choose"),
      row(
          "run.threads", [](auto& c) -> auto& { return c.run.threads; }, count_or_none, none,
          "of a rank; 0: the cores that it may use"),
      row(
          "run.grid.patches", [](auto& c) -> auto& { return c.run.grid.patches; }, count_or_none, none,
          "ranks that share the images; 0: choose"),
      row(
          "run.grid.arrangements", [](auto& c) -> auto& { return c.run.grid.arrangements; }, count_or_none,
          none, "ranks that share blocks and filters; 0: choose"),
      row(
          "run.evaluate_every", [](auto& c) -> auto& { return c.run.evaluate_every; }, count, none, "epochs"),
      row(
          "run.checkpoint.every", [](auto& c) -> auto& { return c.run.checkpoint.every; }, count_or_none,
          none, "epochs; 0: only by time and at the end"),
      row(
          "run.checkpoint.seconds", [](auto& c) -> auto& { return c.run.checkpoint.seconds; }, not_negative,
          none, "at most so long between two; 0: only by epochs"),
      row(
          "run.checkpoint.keep", [](auto& c) -> auto& { return c.run.checkpoint.keep; }, generations, none,
          "how many of the newest to keep"),
      row(
          "run.stop.gap", [](auto& c) -> auto& { return c.run.stop.gap; }, fraction, none,
          "dual: stop at this certified relative gap; 0: never"),
      row(
          "run.stop.seconds", [](auto& c) -> auto& { return c.run.stop.seconds; }, not_negative, none,
          "stop after this time of training, with a checkpoint; 0: never"),
      row(
          "run.stop.relative_change", [](auto& c) -> auto& { return c.run.stop.relative_change; }, fraction,
          none, "primal: stop where the objective changes by less between evaluations; 0: never"),
  };
}

std::map<std::string, Slot> make_slots() {
  std::map<std::string, Slot> slots;
  for (const Row& row : rows()) {
    slots[row.key] = {&row, std::nullopt};
    if (!row.per_network) continue;
    for (const Network network : {Network::primal, Network::dual})
      slots[key_for(row, network)] = {&row, network};
  }
  return slots;
}

}  // namespace

const std::vector<Row>& rows() {
  static const std::vector<Row> table = make_rows();
  return table;
}

std::string key_for(const Row& row, Network network) {
  if (!row.per_network) return row.key;
  return kOptimizer + networks.print(network) + "." + row.key.substr(kOptimizer.size());
}

std::optional<Slot> find_slot(const std::string& key) {
  static const std::map<std::string, Slot> slots = make_slots();
  const auto found = slots.find(key);
  return found == slots.end() ? std::nullopt : std::optional<Slot>(found->second);
}

std::string value_of(const Config& config, const std::string& key) {
  const Slot slot = find_slot(key).value();
  return slot.row->print(config, slot.network.value_or(Network::primal));
}

const std::vector<std::string>& all_keys() {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> result = table_keys();
    for (const Network network : {Network::primal, Network::dual}) {
      for (const Row& row : rows()) {
        if (row.per_network) result.push_back(key_for(row, network));
      }
    }
    return result;
  }();
  return keys;
}

std::vector<std::string> table_keys() {
  std::vector<std::string> result;
  for (const Row& row : rows()) result.push_back(row.key);
  return result;
}

bool is_section(const std::string& section) {
  return std::any_of(all_keys().begin(), all_keys().end(),
                     [&](const std::string& key) { return key.starts_with(section + "."); });
}

std::vector<std::string> members(const std::string& section) {
  std::vector<std::string> result;
  const std::string prefix = section.empty() ? "" : section + ".";
  for (const std::string& key : all_keys()) {
    if (!key.starts_with(prefix)) continue;
    const std::string name = key.substr(prefix.size(), key.find('.', prefix.size()) - prefix.size());
    if (std::find(result.begin(), result.end(), name) == result.end()) result.push_back(name);
  }
  return result;
}

}  // namespace zerogap::schema
