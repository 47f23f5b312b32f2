#include <nlohmann/json.hpp>
#include "model/form.hpp"

#include "evaluation/evaluation.hpp"

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

}  // namespace

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
  if (report.hard) json["relative_violation"] = report.relative_violation();
  json["feasible_objective"] = report.feasible_objective;
  json["max_block_norm"] = report.bound.max_block_norm;
  json["scale"] = report.bound.scale;
  json["lower_bound"] = report.bound.lower_bound;
  json["width_bounds"] = report.width_bounds;
  json["best_lower_bound"] = report.best_lower_bound;
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

Json to_json(const Evaluation& evaluation) {
  Json json = Json::object();
  if (evaluation.primal) json["primal"] = to_json(*evaluation.primal);
  if (evaluation.dual) json["dual"] = to_json(*evaluation.dual);
  if (evaluation.mapped) json["mapped"] = to_json(*evaluation.mapped);
  if (evaluation.mapped_gate) json["mapped_gate"] = to_json(*evaluation.mapped_gate);
  if (evaluation.embedded) json["embedded"] = to_json(*evaluation.embedded);
  return json;
}

}  // namespace zerogap
