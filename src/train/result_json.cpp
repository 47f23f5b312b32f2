// SPDX-License-Identifier: Apache-2.0
#include "train/result_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/build_info.hpp"
#include "evaluation/evaluation_json.hpp"
#include "model/arrangements.hpp"
#include "problem/schedule_json.hpp"
#include "search/search_trust_json.hpp"

namespace zerogap {
namespace {

using Json = nlohmann::ordered_json;

Json versions() {
  const auto& b = build_info();
  return {{"zerogap", std::string(b.version) + " " + std::string(b.revision)},
          {"compiler", b.compiler},
          {"build", b.build_type},
          {"libtorch", b.libtorch},
          {"open_mpi", b.open_mpi},
          {"hdf5", b.hdf5},
          {"nccl", b.nccl},
          {"cuda", b.cuda}};
}

void describe(const RunDescription& d, Json& json) {
  const auto patterns =
      count_patterns(d.patches, static_cast<int>(std::min<std::int64_t>(d.patch_length, d.patches)));
  json["data"] = {{"origin", d.data_origin},
                  {"images", d.images},
                  {"patches", d.patches},
                  {"patch_length", d.patch_length},
                  {"train_hash", d.train_hash}};
  if (d.test_images) {
    json["data"]["test_images"] = *d.test_images;
    json["data"]["test_hash"] = d.test_hash;
  }
  json["lambda"] = d.parameters.lambda;
  json["beta"] = d.parameters.beta;
  json["rho"] = d.parameters.rho;
  json["arrangements"] = {{"count", d.blocks},
                          {"dead", d.dead_blocks},
                          {"log10_patterns_bound", patterns.bound},
                          {"log10_patterns_paper", patterns.paper}};
  json["machine"] = {{"host", d.host},
                     {"ranks", d.ranks},
                     {"grid", d.grid},
                     {"threads", d.threads},
                     {"kernels", d.kernels},
                     {"communicator", d.communicator},
                     {"start_memory_bytes", d.start_memory},
                     {"peak_memory_bytes", d.peak_memory}};
  json["versions"] = versions();
  json["config"] = d.config;
}

Json to_json(const SetBaselines& b) {
  Json json{{"zero_objective", b.zero_objective}};
  if (b.noisy_psnr) json["noisy_psnr"] = *b.noisy_psnr;
  json["linear_fit"] = b.linear_fit;
  json["linear_psnr"] = b.linear_psnr;
  return json;
}

Json to_json(const SolverRecord& s) {
  Json json{{"ended", s.budget ? "budget" : name_of(s.ended)},
            {"programs_solved", s.programs_solved},
            {"programs", s.programs},
            {"cut_steps", s.cut_steps}};
  if (s.constraints) json["constraints"] = name_of(*s.constraints);
  return json;
}

}  // namespace

Json to_json(const NetworkProgramRecord& r) {
  Json json{{"ended", name_of(r.end)},
            {"objective", r.objective},
            {"estimated_lower_bound", r.lower_bound.value()},
            {"estimated_gap", r.gap()},
            {"search", to_json(r.trust)},
            {"atoms", r.atoms},
            {"mass", r.mass},
            {"mass_at_zero", r.mass_at_zero}};
  if (r.split)
    json["split"] = {{"price", r.split->price},         {"filters_wanted", r.split->wanted},
                     {"filters", r.split->filters},     {"distinct", r.split->distinct},
                     {"objective", r.split->objective}, {"estimated_gap", r.split_gap()}};
  return json;
}

Json best_to_json(const Evaluation& best, std::int64_t epoch) {
  Json json = to_json(best);
  for (auto& report : json) report["epoch"] = epoch;
  return json;
}

Json to_json(const RunResult& r) {
  Json json{
      {"status", name_of(r.status)},
      {"checkpoint", r.checkpoint.string()},
      {"seconds", r.seconds},
      {"time",
       {{"steps", r.time.steps}, {"evaluations", r.time.evaluations}, {"checkpoints", r.time.checkpoints}}},
      {"pairs_per_second", r.pairs_per_second}};
  if (r.sums_hidden_share) json["time"]["sums_hidden_share"] = *r.sums_hidden_share;
  describe(r.description, json);
  json["baselines"] = to_json(r.baselines.train);
  if (r.baselines.test) json["baselines"]["test"] = to_json(*r.baselines.test);
  json["epoch"] = r.epoch;
  json["evaluated_epoch"] = r.evaluated_epoch;
  json.update(to_json(r.evaluation));
  if (r.solver) json["solver"] = to_json(*r.solver);
  json.update(to_json(r.programs));
  for (const auto& n : r.networks) {
    json["steps"][name_of(n.network)] = n.steps;
    if (n.program) json["network_program"] = to_json(*n.program);
    if (n.best) json["best"].update(best_to_json(*n.best, n.best_epoch));
  }
  return json;
}

}  // namespace zerogap
