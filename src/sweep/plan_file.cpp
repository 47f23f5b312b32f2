// SPDX-License-Identifier: Apache-2.0
// Plans as JSON in the store.

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "config/renamed_keys.hpp"
#include "core/json.hpp"
#include "sweep/plan.hpp"

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
  for (const auto& [key, value] : json.items())
    result.push_back(schema::present_setting(key, value.get<std::string>()));
  return result;
}

SweepAxis axis_from(const Json& json) {
  SweepAxis axis{json.at("section").get<std::string>(), json.at("keys").get<std::vector<std::string>>(),
                 json.at("values").get<std::vector<std::vector<std::string>>>()};
  for (std::size_t k = 0; k < axis.keys.size(); ++k) {
    for (auto& place : axis.values) place.at(k) = schema::present_setting(axis.keys[k], place.at(k)).second;
    axis.keys[k] = schema::present_setting(axis.keys[k], "").first;
  }
  return axis;
}

}  // namespace

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
  file.options = {whole_number(json.at("ranks_per_cell"), 1), whole_number(json.at("retries"), 0)};
  for (const auto& axis : json.at("axes")) file.axes.push_back(axis_from(axis));
  for (const auto& point : json.at("points")) plan.points.push_back(settings_from(point));
  for (const auto& cell : json.at("cells"))
    plan.cells.push_back({cell.at("name").get<std::string>(), cell.at("identity").get<std::string>(),
                          cell.at("network") == "primal" ? Network::primal : Network::dual,
                          static_cast<std::size_t>(whole_number(cell.at("point"), 0)),
                          whole_number(cell.at("points"), 0), settings_from(cell.at("settings")),
                          cell.at("pairs").get<double>(), cell.at("bytes").get<double>(),
                          cell.at("certified").get<bool>(), cell.value("start", "")});
  return plan;
}

}  // namespace zerogap
