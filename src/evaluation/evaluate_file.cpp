// SPDX-License-Identifier: Apache-2.0
#include "evaluation/evaluate_file.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <deque>
#include <optional>

#include "core/atomic_file.hpp"
#include "core/json.hpp"
#include "evaluation/evaluation_json.hpp"
#include "model/form.hpp"
#include "objective/residual.hpp"
#include "problem/gathered_data.hpp"
#include "problem/initial_weights.hpp"
#include "problem/program_schedule.hpp"
#include "problem/weights_file.hpp"
#include "run/run_record.hpp"

namespace zerogap {
namespace {

/// Predictions and gradients, named as in the reference cases and gathered on every rank; rank 0 writes them.
class GradientFile {
 public:
  explicit GradientFile(const ProcessGrid& grid) : grid_(&grid) {}

  template <class T>
  void prediction(const std::string& network, const Residual<T>& residual, const PatchSet<T>& train) {
    auto all = grid_->patch_axis().all_gather(residual.predictions());
    all.resize(static_cast<std::size_t>(train.patches()));  // what fills up a list's last group
    add(network + "/pred", std::move(all), 1);
  }
  void rows(const std::string& path, const std::vector<double>& mine, int columns) {
    add(path, grid_->arrangement_axis().all_gather(mine), columns);
  }
  /// The rows of both halves of a mapped network whose v is not zero.
  void halves(const std::string& path, const std::vector<double> (&mine)[2],
              const std::vector<double> (&v)[2], int columns) {
    std::vector<double> kept;
    for (const int half : {0, 1}) {
      const auto all = grid_->arrangement_axis().all_gather(mine[half]),
                 outputs = grid_->arrangement_axis().all_gather(v[half]);
      for (std::size_t k = 0; k < outputs.size(); ++k)
        if (outputs[k] != 0.0)
          kept.insert(kept.end(), all.begin() + static_cast<std::int64_t>(k) * columns,
                      all.begin() + static_cast<std::int64_t>(k + 1) * columns);
    }
    add(path, std::move(kept), columns);
  }
  void write(const std::string& file) { write_checkpoint(file, contents_, grid_->world()); }

 private:
  void add(const std::string& path, std::vector<double> values, int columns) {
    kept_.push_back(std::move(values));
    const auto count = static_cast<std::uint64_t>(kept_.back().size()) / static_cast<std::uint64_t>(columns);
    ArrayRows rows{
        path, DataType::float64, {count}, 0, grid_->world().rank() == 0 ? count : 0, kept_.back().data()};
    if (path.back() != 'v' && !path.ends_with("/pred"))
      rows.shape.push_back(static_cast<std::uint64_t>(columns));
    contents_.arrays.push_back(rows);
  }

  const ProcessGrid* grid_;
  CheckpointContents contents_;
  std::deque<std::vector<double>> kept_;
};

/// What weights are evaluated under.
struct Setting {
  Config config;                               ///< a checkpoint's own, or defaults with what the file tells
  std::optional<Normalisation> normalisation;  ///< of training; none: to be measured on the data
  double beta = 0.0;                           ///< absolute, of training; 0: as `config` has it
};

bool is_set(const EvaluateOptions& options, const std::string& key) {
  return std::any_of(options.overrides.begin(), options.overrides.end(),
                     [&](const auto& o) { return o.starts_with(key + "="); });
}

/// What the training of a run's checkpoint took from its images, whatever it is evaluated on.
void keep_statistics(Setting& s, const EvaluateOptions& options, const CheckpointReader& file) {
  const Config own = parse_config(file.text("config"), options.weights, {});
  if (s.config.data.normalise && own.data.normalise) {
    s.normalisation = stored_normalisation(file);
    if (!s.normalisation && !options.data.empty()) s.normalisation = training_normalisation(file, own);
  }
  const auto changed = differences_that_matter(own, s.config);
  if (std::none_of(changed.begin(), changed.end(),
                   [](const auto& c) { return c.key.starts_with("network."); }))
    s.beta = read_record(file).beta;
}

void take_numbers(Setting& s, const EvaluateOptions& options, const CheckpointReader& file) {
  if (const auto lambda = stored_threshold(file); lambda && !is_set(options, "network.lambda"))
    s.config.network.lambda = *lambda;
  s.normalisation = stored_normalisation(file);
  const bool maps = s.normalisation && (s.normalisation->mean != 0.0 || s.normalisation->deviation != 1.0);
  if (maps && !is_set(options, "data.normalise")) s.config.data.normalise = true;
}

Setting setting_for(const EvaluateOptions& options, const CheckpointReader& file) {
  std::string text = "{}";
  std::vector<OptionValue> given;
  if (file.attributes().contains("config")) text = file.text("config");
  for (const char* name : {"primal/u", "dual/g"})
    if (text == "{}" && file.has(name) && file.shape(name).size() == 2) {
      const auto side =
          static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(file.shape(name)[1]))));
      if (side % 2 == 1 && side * side == static_cast<std::int64_t>(file.shape(name)[1]))
        given = {{"patches.filter", std::to_string(side), options.weights}};
    }
  if (!options.data.empty()) {
    const std::string option = "--data " + options.data;
    given.push_back({"data.source", "hdf5", option});
    given.push_back({"data.path", options.data, option});
    given.push_back({"data.images", "0", option});
    given.push_back({"data.test_images", "0", option});
  }
  Setting s{parse_config(text, options.weights, options.overrides, given), std::nullopt, 0.0};
  if (file.attributes().contains("config"))
    keep_statistics(s, options, file);
  else
    take_numbers(s, options, file);
  return s;
}

/// One evaluation as type T.
template <class T>
class FileEvaluation {
 public:
  FileEvaluation(const EvaluateOptions& options, const Setting& setting, const CheckpointReader& file,
                 Communicator& world)
      : options_(options),
        file_(file),
        problem_(setting.config, world,
                 {file.has("dual/g") ? read_weights<double>(file, "dual/g") : std::vector<double>(),
                  rows("primal/v", 0), setting.normalisation}),
        evaluator_(problem_, setting.config.certify.smoothing_widths),
        gradients_(problem_.grid()) {
    if (file.attributes().contains("position/programs")) {
      const auto record = read_record(file);
      const auto schedule = restored_schedule(setting.config, record.programs, record.rounds);
      if (schedule->several())  // otherwise --set may give other parameters
        problem_.replace(with_parameters(problem_.instance(), problem_.program(), schedule->parameters()));
    }
    if (setting.beta > 0.0) problem_.replace(with_absolute_beta(problem_.program(), setting.beta));
  }

  Evaluation run() {
    Evaluation evaluation;
    if (file_.has(prefix() + "primal/u")) measure_primal(evaluation);
    if (file_.has(prefix() + "dual/w")) measure_dual(evaluation);
    if (!options_.gradients.empty()) gradients_.write(options_.gradients);
    return evaluation;
  }
  const PassContext<T>& context() const { return problem_.context(); }

 private:
  std::string prefix() const { return options_.best ? "best/" : ""; }
  std::int64_t rows(const std::string& path, std::int64_t otherwise) const {
    return file_.has(path) ? static_cast<std::int64_t>(file_.shape(path)[0]) : otherwise;
  }
  std::vector<T> read(const std::string& path, Range share, std::int64_t total, int columns) const {
    const auto shape = file_.shape(path);
    if (shape[0] != static_cast<std::uint64_t>(total) ||
        (shape.size() > 1 ? shape[1] : 1) != static_cast<std::uint64_t>(columns))
      throw data_error("weights " + options_.weights + " do not fit the data",
                       path + " must be " + std::to_string(total) + " rows of " + std::to_string(columns),
                       "set patches.filter to the side of these filters, or give other data");
    return read_weights<T>(file_, path, static_cast<std::uint64_t>(share.first),
                           static_cast<std::uint64_t>(share.count()));
  }

  void measure_primal(Evaluation& evaluation) {
    const int d = problem_.length();
    const Range share = problem_.filter_share();
    const auto u = read(prefix() + "primal/u", share, problem_.filters(), d),
               v = read(prefix() + "primal/v", share, problem_.filters(), 1);
    require_domain(u);
    const PrimalPoint<T> point{u.data(), v.data(), share.count(), problem_.filters(), d};
    evaluation.primal = evaluator_.primal({point}, true);
    if (!options_.gradients.empty()) {
      auto gradient = evaluator_.primal_pass().backward(0);
      gradients_.prediction("primal", evaluator_.primal_pass().residual(), problem_.train());
      add_regularisation<T>(problem_.context().form, context().beta, u, v, gradient.u, gradient.v);
      gradients_.rows("primal/grad_u", gradient.u, d);
      gradients_.rows("primal/grad_v", gradient.v, 1);
    }
    evaluation.embedded = evaluator_.embedded(point);
    if (!options_.gradients.empty()) export_dual("embedded");
  }

  void measure_dual(Evaluation& evaluation) {
    const int d = problem_.length();
    const auto& blocks = problem_.blocks();
    const auto w = read(prefix() + "dual/w", blocks.share, blocks.total, d),
               w_prime = read(prefix() + "dual/w_prime", blocks.share, blocks.total, d);
    const DualPoint<T> point{blocks.g.data(),      w.data(),     w_prime.data(),
                             blocks.share.count(), blocks.total, d};
    const std::string width = "progress/dual/slope_width";
    const double solver_width =
        prefix().empty() && file_.attributes().contains(width) ? file_.real(width) : 0.0;
    evaluation.dual = evaluator_.dual(point, {}, solver_width);
    if (!options_.gradients.empty()) export_dual("dual");
    evaluation.mapped = evaluator_.mapped(point, MapKind::eq46);
    if (!options_.gradients.empty()) export_mapped("mapped");
    evaluation.mapped_gate = evaluator_.mapped(point, MapKind::gate_length);
    if (!options_.gradients.empty()) export_mapped("mapped_gate");
  }

  /// Filters outside of the form's domain have no objective. Collective.
  void require_domain(const std::vector<T>& u) const {
    if (problem_.context().form != NetworkForm::ball) return;
    const int d = problem_.length();
    const auto mine = largest_row_norm(u.data(), static_cast<std::int64_t>(u.size()) / d, d);
    const double largest = problem_.grid().arrangement_axis().max(mine);
    if (largest > 1.0 + on_sphere)
      throw data_error("weights " + options_.weights + " are no ball network",
                       fmt::format("a filter has length {:g}, and network.form ball allows 1", largest),
                       "evaluate them as another network.form, or train from them (init.kind file), which "
                       "shortens the filters");
  }
  void export_dual(const std::string& network) {
    const auto& pass = evaluator_.dual_pass();
    gradients_.prediction(network, pass.residual(), problem_.train());
    gradients_.rows(network + "/grad_w", pass.gradient().w, problem_.length());
    gradients_.rows(network + "/grad_w_prime", pass.gradient().w_prime, problem_.length());
  }
  void export_mapped(const std::string& network) {
    auto& pass = evaluator_.primal_pass();
    gradients_.prediction(network, pass.residual(), problem_.train());
    std::vector<double> of_u[2], of_v[2], v[2];
    for (const int half : {0, 1}) {
      const auto& point = pass.part(static_cast<std::size_t>(half));
      const auto& gradient = pass.backward(static_cast<std::size_t>(half));
      of_u[half] = gradient.u;
      of_v[half] = gradient.v;
      v[half].assign(point.v, point.v + point.count);
      add_regularisation<T>(problem_.context().form, context().beta, {point.u, of_u[half].size()},
                            {point.v, of_v[half].size()}, of_u[half], of_v[half]);
    }
    gradients_.halves(network + "/grad_u", of_u, v, problem_.length());
    gradients_.halves(network + "/grad_v", of_v, v, 1);
  }

  const EvaluateOptions& options_;
  const CheckpointReader& file_;
  Problem<T> problem_;
  Evaluator<T> evaluator_;
  GradientFile gradients_;
};

/// A network of which some arrays are there must have them all, as numbers.
void require_whole_networks(const CheckpointReader& file, const std::string& path,
                            const std::string& prefix) {
  const std::vector<std::vector<std::string>> networks = {
      {prefix + "primal/u", prefix + "primal/v"}, {"dual/g", prefix + "dual/w", prefix + "dual/w_prime"}};
  for (const auto& names : networks) {
    // dual/g alone is no network: a primal's checkpoint has its blocks too.
    const bool some =
        std::any_of(names.begin(), names.end(), [&](const auto& n) { return n != "dual/g" && file.has(n); });
    for (const auto& name : names)
      if (some && !file.has(name))
        throw data_error("weights " + path + " are incomplete", name + " is missing or holds no numbers",
                         "give a file with all arrays of the network");
  }
}

template <class T>
nlohmann::ordered_json evaluate_as(const EvaluateOptions& options, const Setting& setting,
                                   const CheckpointReader& file, Communicator& world) {
  FileEvaluation<T> evaluation(options, setting, file, world);
  const auto networks = to_json(evaluation.run());
  nlohmann::ordered_json json{{"weights", options.weights},
                              {"lambda", evaluation.context().lambda},
                              {"beta", evaluation.context().beta},
                              {"rho", evaluation.context().rho}};
  json.update(networks);
  return json;
}

}  // namespace

nlohmann::ordered_json evaluate_file(const EvaluateOptions& given, Communicator& world) {
  EvaluateOptions options = given;
  if (!options.gradients.empty()) require_new(options.gradients);
  options.weights = weights_file(given.weights, world).string();
  if (options.weights.empty())
    throw data_error("nothing to evaluate in " + given.weights, "it holds no intact checkpoint",
                     "give the folder of a run (train --out), a checkpoint or an HDF5 file of weights");
  const auto file = open_weights(options.weights);
  if (options.data.empty() && !file.attributes().contains("config"))
    throw usage_error("there are no data to evaluate on",
                      options.weights + " is not a checkpoint that knows its own", "give --data FILE.h5");
  const std::string prefix = options.best ? "best/" : "";
  if (!file.has(prefix + "primal/u") && !(file.has("dual/g") && file.has(prefix + "dual/w")))
    throw data_error(
        "nothing to evaluate in " + options.weights,
        "it has neither " + prefix + "primal/u and v nor dual/g, " + prefix + "dual/w and w_prime",
        "give a checkpoint or a file with these arrays");
  require_whole_networks(file, options.weights, prefix);
  const Setting setting = setting_for(options, file);
  try {
    return setting.config.run.precision == Precision::fp64
               ? evaluate_as<double>(options, setting, file, world)
               : evaluate_as<float>(options, setting, file, world);
  } catch (const Diverged&) {
    throw data_error("weights " + options.weights + " are too large to be evaluated",
                     "what they predict leaves the range of numbers",
                     "give weights of a training that did not diverge, or --set run.precision=fp64");
  }
}

std::string evaluation_text(const nlohmann::ordered_json& evaluation) {
  std::string text;
  for (const auto& [network, values] : evaluation.items()) {
    if (!values.is_object()) {
      text += fmt::format("{:20} {}\n", network, print_json(values));
      continue;
    }
    text += network + "\n";
    for (const auto& [key, value] : values.items())
      text += fmt::format("  {:18} {}\n", key, print_json(value));
  }
  return text;
}

}  // namespace zerogap
