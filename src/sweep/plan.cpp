#include "sweep/plan.hpp"

#include <algorithm>
#include <map>

#include "core/error.hpp"
#include "sweep/chain.hpp"
#include "sweep/identity.hpp"
#include "train/run.hpp"

namespace zerogap {
namespace {

using Json = nlohmann::ordered_json;

constexpr int plan_schema = 1;

Json settings_json(const Settings& settings) {
  Json json = Json::object();
  for (const auto& [key, value] : settings) json[key] = value;
  return json;
}

Settings settings_from(const Json& json) {
  Settings result;
  for (const auto& [key, value] : json.items()) result.emplace_back(key, value.get<std::string>());
  return result;
}

/// What differs between the points of one cell is no setting of it.
void blank_differences(Settings& settings, const Settings& point) {
  for (std::size_t i = 0; i < settings.size(); ++i)
    if (settings[i].second != point[i].second) settings[i].second.clear();
}

/// Puts each network of each point into the cell that it is part of.
class Planner {
 public:
  explicit Planner(SweepPlan& plan)
      : plan_(plan), before_(neighbours_of(plan.file, plan.points)), places_(plan.points.size()) {}

  void add(std::size_t point);
  const DataCatalog& data() const { return data_; }

 private:
  struct Place {
    std::string cold;  ///< the identity without a start
    std::size_t cell;
  };
  void add(std::size_t point, const Config& config, Network network, const DataIdentity& content);

  SweepPlan& plan_;
  std::vector<std::optional<std::size_t>> before_;
  DataCatalog data_;
  std::map<std::string, std::size_t> known_;
  std::vector<std::map<Network, Place>> places_;  ///< of the points
};

void Planner::add(std::size_t point) {
  const Config config = config_at(plan_.file, plan_.points[point]);
  try {
    const DataIdentity& content = data_.of(config);
    for (const Network network : config.run.networks) add(point, config, network, content);
  } catch (const Error& error) {
    throw Error(error.code(),
                "the point " + describe(plan_.points[point]) + " of sweep " + plan_.file.name +
                    " cannot run: " + error.what(),
                "", "");
  }
}

void Planner::add(std::size_t point, const Config& config, Network network, const DataIdentity& content) {
  const std::string cold = identity_of(config, network, content);
  std::string identity = cold, start;
  if (const auto before = before_[point]; before && is_chained(plan_.file.chain, config, network)) {
    require_chainable(plan_.file.chain, config, network);
    const Place& neighbour = places_[*before].at(network);
    const Cell& cell = plan_.cells[neighbour.cell];
    // Where the chain's key does not concern this network all its places are one cell.
    start = neighbour.cold == cold ? cell.start : cell.name;
    identity = neighbour.cold == cold ? cell.identity
                                      : identity_of(config, network, content, start, plan_.file.chain);
  }
  const std::string name = cell_name(identity);
  const auto [at, is_new] = known_.try_emplace(name, plan_.cells.size());
  places_[point].emplace(network, Place{cold, at->second});
  if (!is_new) {
    Cell& cell = plan_.cells[at->second];
    ++cell.points;
    blank_differences(cell.settings, plan_.points[point]);
    return;
  }
  Config alone = config;
  alone.run.networks = {network};
  const auto work = estimate_work(alone, content.train_shape, content.test_shape,
                                  static_cast<int>(plan_.file.options.ranks_per_cell));
  plan_.cells.push_back({name, identity, network, point, 1, plan_.points[point], work.pairs, work.bytes,
                         certified_dual(config, network), start, work.on_gpu});
}

}  // namespace

const char* name_of(Network network) { return network == Network::primal ? "primal" : "dual"; }

SweepPlan plan_sweep(const SweepFile& file) {
  SweepPlan plan;
  plan.file = file;
  plan.points = points_of(file);
  Planner planner(plan);
  for (std::size_t point = 0; point < plan.points.size(); ++point) planner.add(point);
  plan.data_seconds = planner.data().seconds();
  plan.data_sets = planner.data().sets();
  return plan;
}

Config cell_config(const SweepPlan& plan, const Cell& cell) {
  Config config = config_at(plan.file, plan.points.at(cell.point));
  config.run.networks = {cell.network};
  // The dual beside a greedy primal starts from zero, or as init.dual_kind says.
  if (cell.network == Network::dual && config.init.kind == InitKind::greedy)
    config.init.kind = InitKind::zero;
  // A primal's cell does not depend on the blocks, so it must not fail over them either.
  if (cell.network == Network::primal && config.network.beta_units == BetaUnits::absolute)
    config.arrangements.drop_dead = false;
  return config;
}

Config cell_config(const SweepPlan& plan, const Cell& cell, const std::string& begun) {
  Config mine = cell_config(plan, cell);
  if (begun.empty()) return mine;
  Config theirs;
  try {
    theirs = parse_config(begun, "config.yaml", {});
    theirs.run.networks = {cell.network};
    if (identity_of(theirs, cell.network, data_in(cell.identity), cell.start, plan.file.chain) !=
        cell.identity)
      return mine;
  } catch (const Error&) {
    return mine;
  }
  theirs.run = mine.run;
  if (theirs.data.source == mine.data.source) theirs.data.path = mine.data.path;
  if (cell.certified)
    theirs.dual_optimizer.epochs = std::max(theirs.dual_optimizer.epochs, mine.dual_optimizer.epochs);
  return theirs;
}

Json to_json(const SweepPlan& plan) {
  const SweepFile& file = plan.file;
  Json json{{"format", "zerogap sweep"},
            {"schema", plan_schema},
            {"name", file.name},
            {"file", file.path},
            {"origin", file.origin},
            {"base_name", file.base_name},
            {"base", file.base_text},
            {"config", file.config_text},
            {"overrides", file.overrides},
            {"ranks_per_cell", file.options.ranks_per_cell},
            {"retries", file.options.retries},
            {"chain", file.chain},
            {"axes", Json::array()},
            {"points", Json::array()},
            {"cells", Json::array()}};
  for (const auto& axis : file.axes)
    json["axes"].push_back({{"section", axis.section}, {"keys", axis.keys}, {"values", axis.values}});
  for (const auto& point : plan.points) json["points"].push_back(settings_json(point));
  for (const auto& cell : plan.cells)
    json["cells"].push_back({{"name", cell.name},
                             {"network", name_of(cell.network)},
                             {"identity", cell.identity},
                             {"point", cell.point},
                             {"points", cell.points},
                             {"settings", settings_json(cell.settings)},
                             {"pairs", cell.pairs},
                             {"bytes", cell.bytes},
                             {"certified", cell.certified},
                             {"start", cell.start}});
  return json;
}

SweepPlan plan_from_json(const Json& json) {
  if (json.at("format") != "zerogap sweep" || json.at("schema") != plan_schema)
    throw std::runtime_error("it is no sweep of schema " + std::to_string(plan_schema));
  SweepPlan plan;
  SweepFile& file = plan.file;
  file.name = json.at("name").get<std::string>();
  file.path = json.at("file").get<std::string>();
  file.origin = json.value("origin", "");
  file.base_name = json.at("base_name").get<std::string>();
  file.base_text = json.at("base").get<std::string>();
  file.config_text = json.at("config").get<std::string>();
  file.overrides = json.at("overrides").get<std::vector<std::string>>();
  file.chain = json.value("chain", "");
  file.options = {json.at("ranks_per_cell").get<std::int64_t>(), json.at("retries").get<std::int64_t>()};
  for (const auto& axis : json.at("axes"))
    file.axes.push_back({axis.at("section").get<std::string>(),
                         axis.at("keys").get<std::vector<std::string>>(),
                         axis.at("values").get<std::vector<std::vector<std::string>>>()});
  for (const auto& point : json.at("points")) plan.points.push_back(settings_from(point));
  for (const auto& cell : json.at("cells"))
    plan.cells.push_back({cell.at("name").get<std::string>(), cell.at("identity").get<std::string>(),
                          cell.at("network") == "primal" ? Network::primal : Network::dual,
                          cell.at("point").get<std::size_t>(), cell.at("points").get<std::int64_t>(),
                          settings_from(cell.at("settings")), cell.at("pairs").get<double>(),
                          cell.at("bytes").get<double>(), cell.at("certified").get<bool>(),
                          cell.value("start", "")});
  return plan;
}

}  // namespace zerogap
