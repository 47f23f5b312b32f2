// SPDX-License-Identifier: Apache-2.0
#include "train/snapshot.hpp"

#include <nlohmann/json.hpp>
#include <type_traits>

#include "core/build_info.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "evaluation/evaluation_json.hpp"
#include "train/result_json.hpp"

namespace zerogap {
namespace {

template <class T>
constexpr DataType data_type = std::is_same_v<T, float> ? DataType::float32 : DataType::float64;

/// Lists arrays for a generation. The first rank of the patch axis provides sharded rows, which all ranks of
/// that axis hold; rank 0 of the world provides replicated arrays.
template <class T>
class Collector {
 public:
  Collector(CheckpointContents& contents, const ProcessGrid& grid) : contents_(&contents), grid_(&grid) {}

  void sharded(const std::string& path, std::span<const T> values, std::int64_t total, std::int64_t columns,
               Range share) {
    ArrayRows rows{
        path, data_type<T>, {static_cast<std::uint64_t>(total)}, static_cast<std::uint64_t>(share.first),
        0,    values.data()};
    if (columns > 1 || !vector_shaped(path)) rows.shape.push_back(static_cast<std::uint64_t>(columns));
    if (grid_->patch_axis().rank() == 0) rows.rows = static_cast<std::uint64_t>(share.count());
    contents_->arrays.push_back(rows);
  }
  void replicated(const std::string& path, const std::vector<double>& values) {
    const auto count = static_cast<std::uint64_t>(values.size());
    contents_->arrays.push_back(
        {path, DataType::float64, {count}, 0, grid_->world().rank() == 0 ? count : 0, values.data()});
  }

 private:
  /// v and its companions are vectors, everything else a matrix even for d = 1.
  static bool vector_shaped(const std::string& path) { return path.ends_with("/v") || path.ends_with("_v"); }

  CheckpointContents* contents_;
  const ProcessGrid* grid_;
};

template <class T>
void collect(NetworkTrainer<T>& trainer, Collector<T>& arrays, CheckpointContents& contents,
             std::vector<std::vector<double>>& kept) {
  const std::string name = trainer.name(), progress = "progress/" + name;
  const auto parameters = trainer.parameters();
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    arrays.sharded(name + "/" + parameters[p].name, trainer.weights().result(p), trainer.total(),
                   parameters[p].columns, trainer.share());
    if (!trainer.best.weights.empty())
      arrays.sharded("best/" + name + "/" + parameters[p].name, std::span<const T>(trainer.best.weights[p]),
                     trainer.total(), parameters[p].columns, trainer.share());
  }
  for (const auto& a : trainer.weights().arrays())
    arrays.sharded("optimizer/" + name + "/" + a.name, a.values, trainer.total(), a.columns, trainer.share());
  kept.push_back(trainer.weights().scalars());
  arrays.replicated("optimizer/" + name + "/scalars", kept.back());
  contents.attributes[progress + "/epoch"] = trainer.epoch;
  contents.attributes[progress + "/batch"] = trainer.batch;
  contents.attributes[progress + "/steps"] = trainer.steps;
  contents.attributes[progress + "/learning_rate"] = trainer.learning_rate;
  contents.attributes[progress + "/finished"] = std::int64_t{trainer.finished};
  contents.attributes[progress + "/last_objective"] = trainer.last_objective;
  contents.attributes[progress + "/best_lower_bound"] = trainer.best_lower_bound.value();
  contents.attributes[progress + "/slope_width"] = trainer.smoothing_width;
  contents.attributes[progress + "/ended"] = static_cast<std::int64_t>(trainer.ended);
  contents.attributes[progress + "/cut_steps"] = trainer.cut_steps;
  contents.attributes[progress + "/best_objective"] = trainer.best.objective;
  const auto& best = trainer.best;
  contents.attributes[progress + "/best_report"] =
      best.weights.empty() ? std::string() : best_to_json(best.evaluation, best.epoch).dump();
}

Error unreadable(const CheckpointReader& file, const char* why) {
  return data_error("checkpoint " + file.path().string() + " cannot be read", why,
                    "use an older generation, or another copy of this one");
}

Evaluation evaluation_of(const CheckpointReader& file, const std::string& report) try {
  return evaluation_from_json(parse_json(report));
} catch (const nlohmann::json::exception& error) {
  throw unreadable(file, error.what());
}

/// Each report of a best evaluation contains its epoch.
std::int64_t epoch_of(const CheckpointReader& file, const std::string& report) try {
  const auto json = parse_json(report);
  return json.empty() ? 0 : whole_number(json.front().at("epoch"));
} catch (const nlohmann::json::exception& error) {
  throw unreadable(file, error.what());
}

template <class T>
void restore(const CheckpointReader& file, NetworkTrainer<T>& trainer) {
  const std::string name = trainer.name(), progress = "progress/" + name;
  const auto first = static_cast<std::uint64_t>(trainer.share().first),
             rows = static_cast<std::uint64_t>(trainer.share().count());
  auto& weights = trainer.weights();
  const auto copy = [&](const std::string& path, std::span<T> out) {
    const auto values = file.read<T>(path, first, rows);
    if (values.size() != out.size())
      throw data_error("checkpoint " + file.path().string() + " does not fit", path + " has another shape",
                       "resume with the configuration it was written with");
    std::copy(values.begin(), values.end(), out.begin());
  };
  const auto parameters = trainer.parameters();
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    copy(name + "/" + parameters[p].name, weights.iterate(p));
    const std::string best = "best/" + name + "/" + parameters[p].name;
    if (file.has(best)) trainer.best.weights.push_back(file.read<T>(best, first, rows));
  }
  for (auto& a : weights.arrays()) copy("optimizer/" + name + "/" + a.name, a.values);
  weights.restore(file.read<double>("optimizer/" + name + "/scalars"));
  trainer.epoch = file.integer(progress + "/epoch");
  trainer.batch = file.integer(progress + "/batch");
  trainer.steps = file.integer(progress + "/steps");
  trainer.learning_rate = file.real(progress + "/learning_rate");
  trainer.finished = file.integer(progress + "/finished") != 0;
  trainer.last_objective = file.real(progress + "/last_objective");
  trainer.best_lower_bound = Certificate::proved(file.real(progress + "/best_lower_bound"));
  if (file.attributes().contains(progress + "/slope_width"))
    trainer.smoothing_width = file.real(progress + "/slope_width");
  if (file.attributes().contains(progress + "/ended")) {
    trainer.ended = static_cast<TerminationReason>(file.integer(progress + "/ended"));
    trainer.cut_steps = file.integer(progress + "/cut_steps");
  }
  trainer.best.objective = file.real(progress + "/best_objective");
  if (const auto best = report_of(file, progress + "/best_report"); !best.empty()) {
    trainer.best.evaluation = evaluation_of(file, best);
    trainer.best.epoch = epoch_of(file, best);
  }
}

}  // namespace

template <class T>
void save_state(const std::filesystem::path& file, const LoopState<T>& state) {
  const auto& problem = state.problem;
  const auto& record = state.position;
  CheckpointContents contents;
  Collector<T> arrays(contents, problem.grid());
  const auto& blocks = problem.blocks();
  arrays.sharded("dual/g", std::span<const T>(blocks.g), blocks.total, blocks.length, blocks.share);
  std::vector<std::vector<double>> kept;  // scalars must live until they are written
  kept.reserve(state.networks.size());
  for (const auto& network : state.networks) collect(*network, arrays, contents, kept);
  auto& a = contents.attributes;
  a["position/epoch"] = record.epoch;
  a["position/evaluated_epoch"] = record.evaluated_epoch;
  a["position/last_report"] = record.evaluated_epoch < 0 ? std::string() : to_json(state.last).dump();
  a["position/history"] = record.history_bytes;
  a["position/complete"] = std::int64_t{record.complete};
  const bool pricing = state.config.arrangements.pricing.active();
  a["position/programs"] = pricing ? std::string() : state.schedule->state();
  a["position/rounds"] = pricing ? state.schedule->state() : std::string();
  a["seconds"] = record.seconds;
  a["config"] = record.config;
  a["data/train_hash"] = record.train_hash;
  a["data/test_hash"] = record.test_hash;
  a["data/mean"] = problem.train().data.normalisation.mean;
  a["data/deviation"] = problem.train().data.normalisation.deviation;
  a["position/beta"] = problem.context().beta;
  a["versions/target"] = record.target;
  const auto& build = build_info();
  a["versions/zerogap"] = std::string(build.version) + " " + std::string(build.revision);
  a["versions/libtorch"] = std::string(build.libtorch);
  a["versions/open_mpi"] = std::string(build.open_mpi);
  a["versions/hdf5"] = std::string(build.hdf5);
  a["versions/compiler"] = std::string(build.compiler);
  write_checkpoint(file, contents, problem.grid().world());
}

bool holds(const CheckpointReader& file, Network network) {
  return file.attributes().contains(std::string("progress/") + name_of(network) + "/epoch");
}

template <class T>
void restore_state(const CheckpointReader& file, LoopState<T>& state) {
  for (auto& network : state.networks)
    if (holds(file, network->network())) restore(file, *network);
  if (!state.position.last_report.empty()) state.last = evaluation_of(file, state.position.last_report);
}

template void save_state(const std::filesystem::path&, const LoopState<float>&);
template void save_state(const std::filesystem::path&, const LoopState<double>&);
template void restore_state(const CheckpointReader&, LoopState<float>&);
template void restore_state(const CheckpointReader&, LoopState<double>&);

}  // namespace zerogap
