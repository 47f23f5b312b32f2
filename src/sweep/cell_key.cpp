// SPDX-License-Identifier: Apache-2.0
#include "sweep/cell_key.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <chrono>

#include "config/renamed_keys.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

namespace zerogap {
namespace {

constexpr int identity_schema = 1;

/// Keys of earlier versions that followed init.map in the identity of every dual with random weights,
/// although it did not read them. They stay there with their defaults, so that such cells keep their names.
constexpr const char* greedy_defaults =
    "init.greedy.starts: 256\ninit.greedy.steps: 50\ninit.greedy.seed: 1\ninit.greedy.polish: 200\n"
    "init.greedy.tolerance: 1e-06\n";

template <class T>
DataIdentity read_data(const DataOptions& options) {
  const auto alone = make_serial();
  DataIdentity result;
  const auto train = load_dataset<T>(options, Part::train, 1, *alone, nullptr);
  const auto test = load_dataset<T>(options, Part::test, 1, *alone, &train.normalisation);
  result.train = train.content_hash;
  result.train_shape = train.shape;
  result.test_shape = test.shape;
  if (test.shape.images == 0) return result;
  result.test = test.content_hash;
  if (options.final_test == FinalTest::same) return result;
  auto every = options;
  every.test_images = kEveryTestImage;
  result.final_test = load_dataset<T>(every, Part::test, 1, *alone, &train.normalisation).content_hash;
  return result;
}

std::string file_hash(const std::string& key, const std::string& path) {
  std::string bytes;
  if (const int failure = read_fully(path, bytes); failure != 0)
    throw file_error("cannot read " + key + " " + path, failure);
  return fmt::format("{:016x}", XXH3_64bits(bytes.data(), bytes.size()));
}

bool starts_from_zero(const InitOptions& init) {
  const bool random = init.kind == InitKind::kaiming_uniform || init.kind == InitKind::normal;
  const bool zero = init.kind == InitKind::zero;
  switch (init.dual_kind) {
    case DualInit::zero:
      return true;
    case DualInit::automatic:
      return random || zero || init.kind == InitKind::greedy;
    case DualInit::same:
      return zero;
    default:
      return false;
  }
}

bool one_of(const std::string& key, std::initializer_list<const char*> keys) {
  return std::any_of(keys.begin(), keys.end(), [&](const char* each) { return key == each; });
}

/// optimizer.*: each rule reads its own parameters.
bool read_by_optimizer(const std::string& key, const OptimizerOptions& o) {
  if (one_of(key, {"optimizer.momentum", "optimizer.dampening", "optimizer.nesterov"}))
    return o.name == OptimizerName::sgd;
  if (key == "optimizer.eps") return o.name == OptimizerName::adagrad || o.name == OptimizerName::adam;
  if (one_of(key, {"optimizer.betas", "optimizer.amsgrad"})) return o.name == OptimizerName::adam;
  if (one_of(key, {"optimizer.lambd", "optimizer.alpha", "optimizer.t0"}))
    return o.name == OptimizerName::asgd;
  if (key == "optimizer.snapshot_every") return o.name == OptimizerName::svrg;
  if (one_of(key, {"optimizer.smoothing", "optimizer.smoothing_factor", "optimizer.cg_tolerance",
                   "optimizer.preconditioner_mib"}))
    return o.name == OptimizerName::newton;
  if (one_of(key, {"optimizer.search_starts", "optimizer.search_steps"}))
    return o.name == OptimizerName::frank_wolfe;
  if (one_of(key, {"optimizer.lr", "optimizer.schedule", "optimizer.weight_decay"})) return o.has_rate();
  return true;
}

/// Whether this is the primal and frank_wolfe builds it, without a start unless a file has one, up to a gap.
bool is_built(const Config& config, Network network) {
  return network == Network::primal && config.primal_optimizer.name == OptimizerName::frank_wolfe;
}

bool read_by_start(const std::string& key, const InitOptions& init, bool primal) {
  const InitKind kind = init.kind;
  if (key == "init.dual_kind") return !primal;
  if (key == "init.path") return kind == InitKind::file || kind == InitKind::dual;
  // Left out where it is 0, so that cells of versions without this key keep their names.
  if (key == "init.kaiming_a")
    return init.kaiming_a != 0.0 &&
           (kind == InitKind::kaiming_uniform || (!primal && init.dual_kind == DualInit::kaiming_uniform));
  if (!primal) return true;
  if (key == "init.std") return kind == InitKind::normal;
  if (key == "init.map") return kind == InitKind::dual;
  if (key == "init.seed") return kind != InitKind::zero && kind != InitKind::file && kind != InitKind::dual;
  return true;
}

bool read_by_arrangements(const std::string& key, const ArrangementOptions& a) {
  const bool random = a.source == ArrangementSource::random || a.include_random;
  if (one_of(key, {"arrangements.seed", "arrangements.distribution"})) return random;
  if (key == "arrangements.path") return a.source != ArrangementSource::random;
  if (key == "arrangements.std") return random && a.distribution == ArrangementDistribution::normal;
  if (key == "arrangements.radius") return random && a.distribution == ArrangementDistribution::sphere;
  if (one_of(key, {"arrangements.radius_min", "arrangements.radius_max"}))
    return random && a.distribution == ArrangementDistribution::log_uniform;
  const bool prices = a.pricing.rounds > 0 || a.pricing.doublings > 0;
  if (key.starts_with("arrangements.pricing.") && !key.ends_with(".rounds") && !key.ends_with(".doublings"))
    return prices;
  return true;
}

bool matters(const std::string& key, const Config& config, Network network) {
  const bool primal = network == Network::primal;
  const auto& optimizer = config.optimizer(network);
  const bool certified = certified_dual(config, network);
  if (key.starts_with("data."))                                       // represented by its content
    return key == "data.seed" && optimizer.batch != 0 && !certified;  // the order of mini-batches
  if (key == "run.stop.gap") return !primal || is_built(config, network);
  if (key == "run.stop.relative_change") return primal;
  if (key == "run.evaluate_every") return !certified;
  if (key.starts_with("optimizer.")) return !certified && read_by_optimizer(key, optimizer);
  if (key.starts_with("init.")) {
    const bool from_zero = !primal && (certified || starts_from_zero(config.init));
    const InitKind kind = config.init.kind;
    const bool from_nothing = is_built(config, network) && kind != InitKind::file && kind != InitKind::dual;
    return !from_zero && !from_nothing && read_by_start(key, config.init, primal);
  }
  if (key == "network.arrangements" || key.starts_with("arrangements."))
    return (!primal || config.network.beta_units == BetaUnits::beta_max) &&
           read_by_arrangements(key, config.arrangements);
  if (key == "network.filters") return primal;
  if (key == "network.rho") return config.network.constraints != Constraints::none;
  if (key.starts_with("network.hard.")) return config.network.constraints == Constraints::hard;
  if (key == "continuation.values") return config.continuation.parameter != ContinuationParameter::none;
  return true;
}

/// Keys that change a result according to the table of keys, and those of the rules that end a run.
bool changes_result(const KeyDescription& key) {
  return key.changes_result ||
         one_of(key.key, {"run.stop.gap", "run.stop.relative_change", "run.evaluate_every"});
}

}  // namespace

const DataIdentity& DataCatalog::of(const Config& config) {
  std::string key;
  for (const auto& [name, value] : settings_of(config, Network::primal))
    if (name.starts_with("data.") || (name == "run.precision" && config.data.normalise))
      key += name + "=" + value + "\n";
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  const auto start = std::chrono::steady_clock::now();
  const bool wide = config.data.normalise && config.run.precision == Precision::fp64;
  auto data = wide ? read_data<double>(config.data) : read_data<float>(config.data);
  seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return known_.emplace(key, std::move(data)).first->second;
}

bool certified_dual(const Config& config, Network network) {
  return network == Network::dual && config.run.stop.gap > 0.0 && config.dual_optimizer.solves();
}

std::string cell_key(const Config& config, Network network, const DataIdentity& data,
                     const std::string& start, const std::string& chain) {
  static const std::vector<KeyDescription> keys = describe_keys();
  std::string text = fmt::format("zerogap cell: {}\nnetwork: {}\ndata.train: {}\ndata.test: {}\n",
                                 identity_schema, name_of(network), data.train, data.test);
  if (!data.final_test.empty()) text += "data.final_test: " + data.final_test + "\n";
  if (!start.empty()) text += "chain: " + chain + "\nstart: " + start + "\n";
  const Settings settings = settings_of(config, network);
  for (std::size_t k = 0; k < keys.size(); ++k) {
    const auto& key = keys[k].key;
    if (!changes_result(keys[k]) || !matters(key, config, network)) continue;
    if (!start.empty() && key.starts_with("init.")) continue;
    std::string value = settings[k].second;
    if (key == "init.path") value = file_hash(key, config.init.path);
    if (key == "arrangements.path") value = file_hash(key, config.arrangements.path);
    if (key == "arrangements.pricing.filters" && !config.arrangements.pricing.filters.empty())
      value = file_hash(key, config.arrangements.pricing.filters);
    text += schema::first_name(key) + ": " + value + "\n";
    if (key == "init.map" && network == Network::dual) text += greedy_defaults;
  }
  return text;
}

DataIdentity data_in(const std::string& identity) {
  const auto line = [&](const std::string& key) {
    const std::size_t at = identity.find("\n" + key + ": ");
    if (at == std::string::npos) return std::string();
    const std::size_t begin = at + key.size() + 3;
    return identity.substr(begin, identity.find('\n', begin) - begin);
  };
  DataIdentity data;
  data.train = line("data.train");
  data.test = line("data.test");
  data.final_test = line("data.final_test");
  return data;
}

std::string cell_name(const std::string& identity) {
  return fmt::format("{:016x}", XXH3_64bits(identity.data(), identity.size()));
}

bool is_cell_name(const std::string& text) {
  return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace zerogap
