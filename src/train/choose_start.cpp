// SPDX-License-Identifier: Apache-2.0
#include "train/choose_start.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "checkpoint/checkpoint.hpp"
#include "core/files.hpp"
#include "core/format.hpp"
#include "core/json.hpp"
#include "core/log.hpp"
#include "problem/initial_weights.hpp"
#include "run/run_record.hpp"
#include "train/snapshot.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;

/// The text of a file; empty if it cannot be read.
std::string text_of(const fs::path& file) {
  std::string text;
  return read_fully(file, text) == 0 ? text : "";
}

/// The configuration of the complete run that the folder's result.json describes; none if there is none.
/// config.yaml cannot be used, since a later start with more epochs may have been interrupted.
std::optional<Config> completed(const RunFolder& folder) {
  const auto result = parse_json(text_of(folder.result_file()));
  try {
    if (!result.is_object() || result.value("status", "") != "complete") return std::nullopt;
    return parse_config(result.value("config", "{}"), folder.result_file().string(), {});
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;  // of types that zerogap does not write, so it describes no run
  }
}

/// The folder's own configuration has every --set in it.
std::string resume_command(const RunFolder& folder) {
  return "zerogap train " + folder.config_file().string() + " --out " + folder.path().string() + " --resume";
}

std::string list(const std::vector<Difference>& differences) {
  std::string text;
  for (const auto& d : differences)
    text += (text.empty() ? "" : ", ") + d.key + ": " + d.before + " there, " + d.after + " now";
  return text;
}

Todo resume_or_refuse(const RunFolder& folder, StartMode mode) {
  if (mode != StartMode::fresh) return Todo::from_checkpoint;
  throw usage_error(
      folder.path().string() + " holds a run that is not complete",
      "it was stopped or its epochs were raised",
      "add --resume to this command, or type: " + resume_command(folder) + "; or give another --out");
}

}  // namespace

bool RunChange::raised(Network network) const {
  return std::find(epochs_raised.begin(), epochs_raised.end(), network) != epochs_raised.end();
}

RunChange compare_runs(const Config& before, const Config& now) {
  RunChange change;
  change.differences = differences_that_matter(before, now);
  for (const Network network : now.run.networks) {
    const auto epochs = [&](const Config& c) { return c.optimizer(network).epochs; };
    if (!before.run.trains(network)) change.added.push_back(network);
    if (epochs(now) > epochs(before)) change.epochs_raised.push_back(network);
  }
  return change;
}

Todo choose_start(const RunFolder& folder, const RunRequest& request) {
  const bool begun = !list_generations(folder.checkpoints()).empty();
  // Only a cell's checkpoints decide where it continues: its config.yaml may name a start that has moved.
  if (request.start == StartMode::cell) return begun ? Todo::from_checkpoint : Todo::from_start;
  std::error_code ignored;
  if (!fs::exists(folder.config_file(), ignored)) {
    // If only config.yaml was lost, a resume is compared with the checkpoints.
    if (begun) return resume_or_refuse(folder, request.start);
    if (request.start == StartMode::resume)
      log::info("{} holds no run yet: starting from the beginning", folder.path().string());
    return Todo::from_start;
  }
  const Config before = parse_config(text_of(folder.config_file()), folder.config_file().string(), {});
  if (const auto change = compare_runs(before, request.config); !change.differences.empty())
    throw usage_error(folder.path().string() + " holds another run", list(change.differences),
                      "give another --out, or the configuration in " + folder.config_file().string());
  if (const auto done = completed(folder); done && !compare_runs(*done, request.config).asks_for_more())
    return Todo::nothing;
  return resume_or_refuse(folder, request.start);
}

void require_agreement(const RunRequest& request, Communicator& world) {
  const std::string mine = fs::absolute(request.folder).string() + "\n" + dump_config(request.config);
  for (const auto& other : world.all_gather_text(mine))
    if (other != mine)
      throw usage_error(
          "the ranks differ in their configuration or folder",
          "they see different files or start in different folders",
          "start all ranks in one folder of a shared file system, or give --out as an absolute path");
}

template <class T>
void require_resumable(const fs::path& checkpoint, const Config& config, const Problem<T>& problem) {
  const CheckpointReader reader(checkpoint, false);
  const auto record = read_record(reader);
  for (const Network network : {Network::primal, Network::dual}) {
    if (holds(reader, network) && !config.run.trains(network))
      throw usage_error(std::string("run.networks leaves out ") + name_of(network),
                        checkpoint.string() + " trains it, and new checkpoints would lose it",
                        "keep it in run.networks, or give another --out");
  }
  const auto differences =
      compare_runs(parse_config(record.config, checkpoint.string(), {}), config).differences;
  if (!differences.empty())
    throw usage_error("the configuration is not the one of " + checkpoint.string(), list(differences),
                      "resume with the configuration that it holds (zerogap inspect)");
  const std::string test = problem.test() != nullptr ? problem.test()->data.content_hash : "";
  if (record.train_hash != problem.train().data.content_hash || record.test_hash != test)
    throw usage_error("the data are not those of " + checkpoint.string(),
                      "data.path or the files behind it have changed",
                      "give the same images, or another --out");
  if (record.target != problem.kernels().target())
    log::warn(
        "{} was computed with kernels '{}', this machine uses '{}': results will agree to rounding, not to "
        "the last bit",
        checkpoint.string(), record.target, problem.kernels().target());
}

template <class T>
void require_own_blocks(const Config& config, const Problem<T>& problem) {
  if (!dual_starts_from_file(config.init) || !config.run.trains(Network::dual)) return;
  const std::string& path = config.init.path;
  const auto file = open_weights(path);
  const auto& blocks = problem.blocks();
  const std::vector<std::uint64_t> wanted{static_cast<std::uint64_t>(blocks.total),
                                          static_cast<std::uint64_t>(blocks.length)};
  std::string differing;
  if (file.has("dual/g") && file.shape("dual/g") != wanted) {
    const auto there = file.shape("dual/g");
    differing = fmt::format("its blocks dual/g are {} of {} numbers, this problem's {} of {}",
                            there.empty() ? 0 : there[0], there.size() < 2 ? 1 : there[1], blocks.total,
                            blocks.length);
  } else {
    const std::vector<double> g(blocks.g.begin(), blocks.g.end());
    const auto count =
        problem.grid().arrangement_axis().sum(blocks_that_differ(file, blocks.share, blocks.length, g));
    if (count > 0) differing = fmt::format("{} of {} blocks dual/g differ", count, blocks.total);
  }
  if (!differing.empty())
    throw data_error("init.path " + path + " is a checkpoint of another problem", differing,
                     "take its blocks too (arrangements.source: file, arrangements.path), or set "
                     "init.dual_kind to zero");
  if (!file.attributes().contains("config")) return;
  const Config before = parse_config(file.text("config"), path, {});
  log::info("start       from {}: lambda = {:g}, beta = {:g}, rho = {:g} there, {} data", path,
            before.network.lambda, before.network.beta, before.network.rho,
            file.text("data/train_hash") == problem.train().data.content_hash ? "the same" : "other");
}

template void require_resumable(const fs::path&, const Config&, const Problem<float>&);
template void require_resumable(const fs::path&, const Config&, const Problem<double>&);
template void require_own_blocks(const Config&, const Problem<float>&);
template void require_own_blocks(const Config&, const Problem<double>&);

}  // namespace zerogap
