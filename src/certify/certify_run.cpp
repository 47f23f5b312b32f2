// SPDX-License-Identifier: Apache-2.0
#include "certify/certify_run.hpp"

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "certify/network_bounds.hpp"
#include "certify/network_solution.hpp"
#include "certify/proof_file.hpp"
#include "certify/subprograms.hpp"
#include "certify/verdict.hpp"
#include "core/atomic_file.hpp"
#include "core/files.hpp"
#include "core/json.hpp"
#include "evaluation/evaluation.hpp"
#include "methods/program_state.hpp"
#include "model/form.hpp"
#include "problem/initial_weights.hpp"
#include "problem/program_schedule.hpp"
#include "problem/weights_file.hpp"
#include "run/run_record.hpp"
#include "search/block_search.hpp"
#include "search/search_trust_json.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// Whether the run in this folder ended by divergence; its checkpoints are from before.
bool has_diverged(const fs::path& run) {
  std::string text;
  if (read_fully(run / "result.json", text) != 0) return false;
  const auto result = parse_json(text);
  return result.is_object() && result.contains("status") && result["status"] == "diverged";
}

fs::path checkpoint_of(const std::string& run, Communicator& world) {
  auto newest = weights_file(run, world);
  if (newest.empty())
    throw data_error(
        "there is nothing to certify in " + run,
        has_diverged(run) ? "the run diverged before its first checkpoint" : "it holds no intact checkpoint",
        "give the folder of a run (train --out), or a checkpoint");
  return newest;
}

/// The run's configuration in double, with what the command line says about certifying.
Config configuration(const CertifyArguments& arguments, const RunRecord& record, const std::string& name) {
  const std::vector<std::string> precise = {"run.precision=fp64"};
  auto overrides = precise;
  overrides.insert(overrides.end(), arguments.overrides.begin(), arguments.overrides.end());
  Config config = parse_config(record.config, name, overrides);
  const auto other = differences_that_matter(parse_config(record.config, name, precise), config);
  if (config.run.precision != Precision::fp64)
    throw usage_error("--set run.precision",
                      "certificates are computed in fp64, whatever the run was trained in", "leave it out");
  if (!other.empty())
    throw usage_error("--set " + other.front().key + " would certify another problem",
                      "the run has " + other.front().before,
                      "set certify.* (but not smoothing_widths), run.* or data.path only");
  return config;
}

/// The program that the run was at, as one of its own: the last value of a path; for hard constraints the
/// hinge's program at the last rho, whose bounds hold for them too.
Config last_program(Config config, const RunRecord& record) {
  const auto schedule = restored_schedule(config, record.programs, record.rounds);
  const ProgramParameters parameters = schedule->parameters();
  config.continuation = ContinuationOptions{};
  config.network.lambda = parameters.lambda;
  config.network.beta = parameters.beta;
  config.network.rho = parameters.rho;
  config.network.constraints = Constraints::hinge;
  return config;
}

/// Everything known of a run before its verdict. Objectives of the training set.
class Certification {
 public:
  Certification(const Config& config, const fs::path& file, const RunRecord& record, bool diverged,
                Communicator& world)
      : config_(config),
        file_(file),
        world_(&world),
        problem_(config, world,
                 {read_weights<double>(file_, "dual/g"),
                  file_.has("primal/v") ? static_cast<std::int64_t>(file_.shape("primal/v")[0]) : 1,
                  stored_normalisation(file_)}),
        evaluator_(problem_, config.certify.smoothing_widths),
        data_(gather_training_set(problem_)) {
    const bool comparable = !config.data.normalise || stored_normalisation(file_);
    if (comparable && record.train_hash != problem_.train().data.content_hash)
      throw data_error("the data are not those of " + file.string(),
                       "data.path or the files behind it have changed", "give the images it was trained on");
    if (record.beta > 0.0) problem_.replace(with_absolute_beta(problem_.program(), record.beta));
    numbers_.diverged = diverged;
    numbers_.width = problem_.filters();
    numbers_.tolerance = config.certify.tolerance;
    numbers_.zero = problem_.train().target_square;
  }

  Json run() {
    measure_primal();
    measure_program();
    if (primal_) {
      solve_own_program();
      solve_with_filters();
    }
    bound_networks();
    price_blocks();
    return report();
  }
  double beta() const { return problem_.context().beta; }
  void write(const std::string& path) const {
    const auto z = gather_multiplier(problem_, data_, program_.predictions);
    if (world_->rank() == 0) write_certificate_file(path, problem_, data_, config_, program_, z, bounds_);
  }

 private:
  int length() const { return problem_.length(); }
  /// All of an array on every rank: the best weights where the run has them, otherwise the last.
  std::vector<double> read(const std::string& name) const {
    return read_weights<double>(file_, file_.has("best/" + name) ? "best/" + name : name);
  }

  void measure_primal() {
    if (!file_.has("primal/u")) return;
    filters_ = {problem_.filters(), length(), read("primal/u"), read("primal/v")};
    const Range share = problem_.filter_share();
    const auto u = local_rows(filters_.u, share, length()), v = local_rows(filters_.v, share, 1);
    primal_ = evaluator_.primal({{u.data(), v.data(), share.count(), filters_.count, length()}}, true);
    candidates_.points.push_back({"primal", evaluator_.primal_pass().residual().predictions()});
    candidates_.filters = filters_.u;
    numbers_.primal = primal_->train.objective();
    numbers_.dead = !primal_->active;
  }

  /// The network's own program, from the run's filters or, where the run has it, from its solution
  /// (theory.md, section 12).
  void solve_own_program() {
    solution_ = solve_network(config_, problem_, start_atoms());
    numbers_.solved = solution_->objective;
    numbers_.built = solution_->network_objective;
    numbers_.share_at_zero = solution_->share_at_zero;
    numbers_.wanted = solution_->wanted;
    candidates_.points.push_back({"network program", solution_->predictions});
    const auto& more = solution_->filters;
    candidates_.filters.insert(candidates_.filters.end(), more.begin(), more.end());
  }

  Atoms start_atoms() const {
    if (config_.primal_optimizer.name == OptimizerName::frank_wolfe)
      return ProgramState::from(read_weights<double>(file_, "optimizer/primal/scalars"), length()).atoms;
    return numbers_.dead ? Atoms{.length = length()}
                         : atoms_of(form_of_program(config_.network.form), filters_);
  }

  /// The run's own solution, or one computed here where it has none that is solved.
  void measure_program() {
    const bool trained = file_.has("dual/w");
    DualWeights weights{problem_.blocks().total, length(), read_weights<double>(file_, "dual/g"), {}, {}};
    weights.w = trained ? read_weights<double>(file_, "dual/w") : std::vector<double>(weights.g.size());
    weights.w_prime = trained ? read_weights<double>(file_, "dual/w_prime") : weights.w;
    if (!trained) {
      program_ = solve_program(config_, problem_, weights, config_.certify.tolerance / 10.0);
    } else {
      program_ = evaluate_program(config_, problem_, weights, file_.real("progress/dual/slope_width"));
      confirm(certified_gap(program_.objective,
                            Certificate::proved(file_.real("progress/dual/best_lower_bound"))));
    }
    trained_ = trained;
    numbers_.program = program_.objective;
    numbers_.program_bound = program_.best_lower_bound;
  }

  /// The run's best bound may be of an earlier point, and was taken in the run's precision. Where it says
  /// solved and its last point in double does not, a few steps from there decide.
  void confirm(double claimed_gap) {
    const double tolerance = config_.certify.tolerance;
    if (claimed_gap <= tolerance && program_.gap() > tolerance)
      program_ = solve_program(config_, problem_, program_.weights, claimed_gap);
  }

  /// The fair comparison of section 6: these blocks and the primal's filters, from the solution without them.
  void solve_with_filters() {
    const auto own = embedded();
    own_ = solve_program(config_, problem_, own, config_.certify.tolerance / 10.0);
    DualWeights both = own_->weights;
    both.count += program_.weights.count;
    const std::vector<double> zero(program_.weights.g.size());
    both.g.insert(both.g.end(), program_.weights.g.begin(), program_.weights.g.end());
    both.w.insert(both.w.end(), zero.begin(), zero.end());
    both.w_prime.insert(both.w_prime.end(), zero.begin(), zero.end());
    with_filters_ = solve_program(config_, problem_, both, config_.certify.tolerance / 10.0);
    numbers_.with_filters = with_filters_->objective;
    candidates_.points.push_back({"own filters", own_->predictions});
    candidates_.points.push_back({"with filters", with_filters_->predictions});
  }

  /// The primal's filters as blocks, those that are zero left out unless all are.
  DualWeights embedded() const {
    auto used = without_zeros(filters_);
    if (used.count == 0) used = filters_;
    if (config_.network.form == NetworkForm::relative) {
      const Filters as_given = used;
      to_unit_filters<double>(as_given.u, as_given.v, used.u, used.v);
    }
    return embed(used.u, used.v, length());
  }

  void bound_networks() {
    candidates_.points.push_back({"program", program_.predictions});
    for (const auto form : all_forms) {
      if (form == NetworkForm::product) {  // its bound is decay's, which comes before it (section 7)
        bounds_.push_back(bounds_.back());
        bounds_.back().form = form;
        continue;
      }
      const bool own = primal_ && form_of_program(form) == form_of_program(config_.network.form);
      const auto& options = config_.certify;
      bounds_.push_back(bound_network(form, problem_, data_, candidates_,
                                      {options.search, own ? options.seconds : 0.0, options.seconds}));
    }
    const auto& own = bounds_[static_cast<std::size_t>(config_.network.form)];
    numbers_.certificate = own.certificate;
    numbers_.estimate = own.estimate;
    numbers_.trust = own.trust;
    if (primal_)
      filter_price_ = filter_price(config_.network.form, problem_, candidates_.points.front().predictions,
                                   filters_.u, config_.certify.search);
  }

  /// Where the primal's own filters have not shown already that other blocks are better.
  void price_blocks() {
    if (numbers_.program - numbers_.with_filters > numbers_.tolerance * numbers_.program) return;
    const auto residual = residual_at(problem_, program_.predictions);
    BlockSearch<double> search(problem_, residual.values.span(), residual.bound);
    const auto found = search.search(config_.arrangements, 0, candidates_.filters, 1);
    numbers_.block_price = found.empty() ? 0.0 : found.front().price / (2.0 * problem_.context().beta);
  }

  Json report() const;

  Config config_;
  CheckpointReader file_;
  Communicator* world_;
  Problem<double> problem_;
  Evaluator<double> evaluator_;
  GatheredData data_;
  Filters filters_;
  std::optional<PrimalReport> primal_;
  SolvedProgram program_;
  std::optional<SolvedProgram> own_, with_filters_;
  std::optional<NetworkSolution> solution_;
  double filter_price_ = VerdictNumbers::unknown;
  bool trained_ = false;
  BoundCandidates candidates_;
  std::vector<NetworkProof> bounds_;
  VerdictNumbers numbers_;
};

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json to_json(const SolvedProgram& program) {
  return {{"blocks", program.weights.count},
          {"objective", program.objective},
          {"lower_bound", program.best_lower_bound.value()},
          {"gap", program.gap()}};
}

Json to_json(const NetworkSolution& s) {
  return {{"objective", s.objective},   {"ended", name_of(s.program.end)},
          {"rounds", s.rounds},         {"atoms", s.program.atoms},
          {"mass", s.program.mass},     {"mass_at_zero", s.program.mass_at_zero},
          {"filters_wanted", s.wanted}, {"network_objective", s.network_objective}};
}

Json to_json(const GapParts& part) {
  return {{"optimiser", number(part.optimiser)},
          {"filters", number(part.filters)},
          {"at_zero", number(part.at_zero)},
          {"unsolved", number(part.unsolved)},
          {"unproved", number(part.unproved)}};
}

Json to_json(const Judgement& judgement) {
  return {{"name", judgement.name}, {"because", judgement.because}, {"change", judgement.change}};
}

Json Certification::report() const {
  Json json;
  const double objective = numbers_.primal;
  if (primal_) {
    json["primal"] = {{"form", name_of(config_.network.form)},
                      {"objective", objective},
                      {"filters", primal_->filters},
                      {"width", primal_->width},
                      {"dead", numbers_.dead}};
  }
  for (const auto& b : bounds_) {
    auto& row = json["networks"][std::string(name_of(b.form))];
    const bool own = primal_ && b.form == config_.network.form;
    row = {{"objective", own ? number(objective) : Json()},
           {"certificate", b.certificate.value()},
           {"certified_gap", own ? number(certified_gap(objective, b.certificate)) : Json()},
           {"estimate", b.estimate.value()},
           {"estimated_gap", own ? number(estimated_gap(objective, b.estimate)) : Json()},
           {"bound_is", b.exact ? "exact" : "between certificate and estimate"},
           {"maximum_found", b.found.value()},
           {"maximum_proved", b.proved.value()},
           {"nodes", b.nodes},
           {"source", b.source},
           {"search", to_json(b.trust)}};
  }
  json["program"] = to_json(program_);
  json["program"]["solved_here"] = !trained_;
  if (own_) json["own_filters"] = to_json(*own_);
  if (with_filters_) json["with_filters"] = to_json(*with_filters_);
  if (primal_) {
    json["network_program"] = to_json(*solution_);
    json["gap"] = to_json(gap_parts(numbers_));
    json["filter_price"] = number(filter_price_);
    json["block_price"] = number(numbers_.block_price);
    json["verdict"] = to_json(judge_network(numbers_));
    json["verdict"]["tolerance"] = numbers_.tolerance;
    json["blocks_verdict"] = to_json(judge_blocks(numbers_));
  }
  return json;
}

}  // namespace

Json certify_run(const CertifyArguments& arguments, Communicator& world) {
  if (!arguments.export_file.empty()) require_new(arguments.export_file);
  const auto file = checkpoint_of(arguments.run, world);
  const auto record = read_record(CheckpointReader(file));
  const Config config = last_program(configuration(arguments, record, file.string()), record);
  Certification certification(config, file, record, has_diverged(arguments.run), world);
  Json json{{"checkpoint", file.string()},
            {"lambda", config.network.lambda},
            {"beta", certification.beta()},
            {"rho", config.network.rho}};
  json.update(certification.run());
  if (!arguments.export_file.empty()) certification.write(arguments.export_file);
  std::error_code failure;
  if (world.rank() == 0 && fs::is_directory(arguments.run, failure))
    write_file(fs::path(arguments.run) / "certificate.json", print_json(json, 2) + "\n");
  return json;
}

}  // namespace zerogap
