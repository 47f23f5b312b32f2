// SPDX-License-Identifier: Apache-2.0
#include "evaluation/evaluation_json.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "core/json.hpp"
#include "model/form.hpp"

namespace zerogap {
namespace {

using Json = nlohmann::ordered_json;

Json values_json(const DualValues& values, double rho) {
  return {{"fit", values.fit},
          {"group", values.group},
          {"hinge", values.hinge},
          {"d3", values.d3()},
          {"objective", values.objective(rho)},
          {"max_violation", values.max_violation}};
}

Json values_json(const PrimalValues& values) {
  return {{"fit", values.fit}, {"reg", values.reg}, {"objective", values.objective()}};
}

Json to_json(const PrimalReport& report) {
  Json json{{"form", name_of(report.form)}};
  json.update(values_json(report.train));
  json["psnr"] = report.psnr;
  json["filters"] = report.filters;
  json["width"] = report.width;
  json["all_filters_used"] = report.filters == report.width;
  json["dead"] = !report.active;
  if (report.gradient_norm) json["gradient_norm"] = *report.gradient_norm;
  if (report.test) {
    json["test"] = values_json(*report.test);
    json["test"]["psnr"] = report.test_psnr;
  }
  return json;
}

Json to_json(const DualReport& report) {
  Json json = values_json(report.train, report.rho);
  json["rho"] = report.rho;
  if (report.hard) json["relative_violation"] = report.relative_violation;
  json["feasible_objective"] = report.feasible_objective;
  json["max_block_norm"] = report.bound.max_block_norm;
  json["scale"] = report.bound.scale;
  json["lower_bound"] = report.bound.lower_bound.value();
  auto& widths = json["width_bounds"] = Json::array();
  for (const Certificate bound : report.width_bounds) widths.push_back(bound.value());
  json["best_lower_bound"] = report.best_lower_bound.value();
  json["gap"] = report.gap();
  json["psnr"] = report.psnr;
  json["blocks"] = report.blocks;
  json["gradient_norm"] = report.gradient_norm;
  if (report.test) {
    json["test"] = values_json(*report.test, report.rho);
    json["test"]["psnr"] = report.test_psnr;
  }
  return json;
}

/// A number; null stands for one that is not finite, such as the PSNR of a perfect fit.
double real(const Json& json) {
  return json.is_null() ? std::numeric_limits<double>::infinity() : json.get<double>();
}

/// A bound that was proved before it was written; null stands for no bound.
Certificate certificate_from(const Json& json) {
  return json.is_null() ? Certificate() : Certificate::proved(json.get<double>());
}

NetworkForm form_named(const std::string& name) {
  for (const NetworkForm form : all_forms)
    if (name == name_of(form)) return form;
  return NetworkForm::decay;
}

DualValues dual_values_from(const Json& json) {
  return {json.at("fit"), json.at("group"), json.at("hinge"), json.at("max_violation")};
}

PrimalValues primal_values_from(const Json& json) {
  PrimalValues values;
  values.fit = json.at("fit");
  values.reg = json.at("reg");
  return values;
}

PrimalReport primal_from(const Json& json) {
  PrimalReport report;
  report.form = form_named(json.at("form").get<std::string>());
  report.train = primal_values_from(json);
  report.psnr = real(json.at("psnr"));
  report.filters = whole_number(json.at("filters"));
  report.width = whole_number(json.at("width"));
  report.active = !json.at("dead").get<bool>();
  if (json.contains("gradient_norm")) report.gradient_norm = json["gradient_norm"].get<double>();
  if (!json.contains("test")) return report;
  report.test = primal_values_from(json["test"]);
  report.test_psnr = real(json["test"].at("psnr"));
  return report;
}

DualReport dual_from(const Json& json) {
  DualReport report;
  report.train = dual_values_from(json);
  const auto& values = report.train;
  report.rho = json.contains("rho") ? json["rho"].get<double>()
               : values.hinge > 0.0 ? (json.at("objective").get<double>() - values.d3()) / values.hinge
                                    : 0.0;  // 0.1.0 did not write it
  report.hard = json.contains("relative_violation");
  if (report.hard) report.relative_violation = json["relative_violation"];
  report.feasible_objective = json.at("feasible_objective");
  report.bound.max_block_norm = json.at("max_block_norm");
  report.bound.scale = json.at("scale");
  report.bound.lower_bound = certificate_from(json.at("lower_bound"));
  for (const Json& bound : json.at("width_bounds").get<Json::array_t>())
    report.width_bounds.push_back(certificate_from(bound));
  report.best_lower_bound = certificate_from(json.at("best_lower_bound"));
  report.psnr = real(json.at("psnr"));
  report.blocks = whole_number(json.at("blocks"));
  report.gradient_norm = json.at("gradient_norm");
  if (!json.contains("test")) return report;
  report.test = dual_values_from(json["test"]);
  report.test_psnr = real(json["test"].at("psnr"));
  return report;
}

}  // namespace

Json to_json(const Evaluation& evaluation) {
  Json json = Json::object();
  if (evaluation.primal) json["primal"] = to_json(*evaluation.primal);
  if (evaluation.dual) json["dual"] = to_json(*evaluation.dual);
  if (evaluation.mapped) json["mapped"] = to_json(*evaluation.mapped);
  if (evaluation.mapped_gate) json["mapped_gate"] = to_json(*evaluation.mapped_gate);
  if (evaluation.embedded) json["embedded"] = to_json(*evaluation.embedded);
  return json;
}

Evaluation evaluation_from_json(const Json& json) {
  Evaluation evaluation;
  if (json.contains("primal")) evaluation.primal = primal_from(json["primal"]);
  if (json.contains("dual")) evaluation.dual = dual_from(json["dual"]);
  if (json.contains("mapped")) evaluation.mapped = primal_from(json["mapped"]);
  if (json.contains("mapped_gate")) evaluation.mapped_gate = primal_from(json["mapped_gate"]);
  if (json.contains("embedded")) evaluation.embedded = dual_from(json["embedded"]);
  return evaluation;
}

}  // namespace zerogap
