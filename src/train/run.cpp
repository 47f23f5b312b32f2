#include "train/run.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "core/activity.hpp"
#include "core/build_info.hpp"
#include "core/format.hpp"
#include "core/json.hpp"
#include "core/log.hpp"
#include "core/signals.hpp"
#include "model/arrangements.hpp"
#include "model/form.hpp"
#include "problem/initial_weights.hpp"
#include "problem/weights_file.hpp"
#include "run/watchdog.hpp"
#include "search/pricing.hpp"
#include "train/training_loop.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// The configuration of the complete run that the folder's result.json tells of; none if it tells of none.
/// config.yaml does not say, for a later start that asked for more may have been interrupted.
std::optional<Config> completed(const RunFolder& folder) {
  const auto result = parse_json(read_text(folder.result_file()));
  try {
    if (!result.is_object() || result.value("status", "") != "complete") return std::nullopt;
    return parse_config(result.value("config", "{}"), folder.result_file().string(), {});
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;  // of other types than we write: it tells of nothing
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

/// Whether a complete run would go on: some network is new or its epochs were raised.
bool asks_for_more(const Config& before, const Config& now) {
  return std::any_of(now.run.networks.begin(), now.run.networks.end(), [&](Network network) {
    const bool primal = network == Network::primal;
    const auto epochs = [&](const Config& c) {
      return (primal ? c.primal_optimizer : c.dual_optimizer).epochs;
    };
    const auto& done = before.run.networks;
    return std::find(done.begin(), done.end(), network) == done.end() || epochs(now) > epochs(before);
  });
}

/// Ranks that differ in what to do would find out at the first checkpoint only.
void require_agreement(const Config& config, const fs::path& out, Communicator& world) {
  const std::string mine = fs::absolute(out).string() + "\n" + dump_config(config);
  for (const auto& other : world.gather(mine))
    if (other != mine)
      throw usage_error(
          "the ranks differ in their configuration or folder",
          "they see different files or start in different folders",
          "start all ranks in one folder of a shared file system, or give --out as an absolute path");
}

enum class Start { anew, resume, nothing_to_do };

Start resume_or_refuse(const RunFolder& folder, bool resume) {
  if (resume) return Start::resume;
  throw usage_error(
      folder.path().string() + " holds a run that is not complete",
      "it was stopped or its epochs were raised",
      "add --resume to this command, or type: " + resume_command(folder) + "; or give another --out");
}

/// What rank 0 decides from what lies in the folder.
Start decide(const RunFolder& folder, const Config& config, bool resume) {
  if (!fs::exists(folder.config_file())) {
    // Where only config.yaml was lost the checkpoints have what a resume is compared with.
    if (!list_generations(folder.checkpoints()).empty()) return resume_or_refuse(folder, resume);
    if (resume) log::info("{} holds no run yet: starting from the beginning", folder.path().string());
    return Start::anew;
  }
  const Config before = parse_config(read_text(folder.config_file()), folder.config_file().string(), {});
  const auto differences = differences_that_matter(before, config);
  if (!differences.empty())
    throw usage_error(folder.path().string() + " holds another run", list(differences),
                      "give another --out, or the configuration in " + folder.config_file().string());
  if (const auto done = completed(folder); done && !asks_for_more(*done, config)) return Start::nothing_to_do;
  return resume_or_refuse(folder, resume);
}

/// What rank 0 alone may fail at, as a failure of all ranks: one that waits for it would wait for ever.
template <class Work>
void on_first_rank(Communicator& world, Work&& work) {
  std::string failure;
  if (world.rank() == 0) {
    try {
      work();
    } catch (const Error& error) {
      failure = std::to_string(static_cast<int>(error.code())) + " " + error.what();
    }
  }
  failure = world.broadcast(failure, 0);
  if (failure.empty()) return;
  std::size_t digits = 0;
  const int code = std::stoi(failure, &digits);
  throw Error(static_cast<ExitCode>(code), failure.substr(digits + 1), "", "");
}

/// Throws when the generation belongs to other mathematics or other data.
template <class T>
void check_resume(const fs::path& file, const Config& config, const Problem<T>& problem) {
  const CheckpointReader reader(file, false);
  const auto record = read_record(reader);
  for (const auto& [network, name] :
       {std::pair(Network::primal, "primal"), std::pair(Network::dual, "dual")}) {
    const auto& now = config.run.networks;
    if (reader.attributes().contains(std::string("progress/") + name + "/epoch") &&
        std::find(now.begin(), now.end(), network) == now.end())
      throw usage_error("run.networks leaves out " + std::string(name),
                        file.string() + " trains it, and new checkpoints would lose it",
                        "keep it in run.networks, or give another --out");
  }
  const auto differences = differences_that_matter(parse_config(record.config, file.string(), {}), config);
  if (!differences.empty())
    throw usage_error("the configuration is not the one of " + file.string(), list(differences),
                      "resume with the configuration that it holds (zerogap inspect)");
  const std::string test = problem.test() != nullptr ? problem.test()->data.content_hash : "";
  if (record.train_hash != problem.train().data.content_hash || record.test_hash != test)
    throw usage_error("the data are not those of " + file.string(),
                      "data.path or the files behind it have changed",
                      "give the same images, or another --out");
  if (record.target != problem.kernels().target())
    log::warn(
        "{} was computed with kernels '{}', this machine uses '{}': results will agree to rounding, not to "
        "the last bit",
        file.string(), record.target, problem.kernels().target());
}

/// Throws where the dual's start weights belong to other blocks than the problem's: weights mean nothing
/// without their gates. Other data and terms are a warm start, and are said.
template <class T>
void check_start(const Config& config, const Problem<T>& problem) {
  const auto& now = config.run.networks;
  if (!dual_starts_from_file(config.init) || std::find(now.begin(), now.end(), Network::dual) == now.end())
    return;
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
    if (count > 0) differing = fmt::format("{} of {} blocks dual/g are others", count, blocks.total);
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

template <class T>
void announce(const Config& config, const Problem<T>& problem) {
  const auto& grid = problem.grid();
  const auto& shape = problem.train().data.shape;
  log::record("{}", describe(build_info()));
  log::info("data        {}: {} images, {} patches of {}", problem.train().data.origin, shape.images,
            shape.patches, problem.length());
  log::info("networks    primal K = {}, dual P = {} ({} blocks are dead)", problem.filters(),
            problem.blocks().total, problem.blocks().dead);
  if (problem.filters() != config.network.filters)
    log::info("            K is that of the start weights, not network.filters ({})", config.network.filters);
  if (problem.blocks().total != config.network.arrangements)
    log::info("            P is that of the blocks given or left, not network.arrangements ({})",
              config.network.arrangements);
  log::info("problem     lambda = {:g}, beta = {:g}, rho = {:g}, form {}", problem.context().lambda,
            problem.context().beta, problem.context().rho, name_of(problem.context().form));
  log::info("ranks       {} as {} x {} (patches x arrangements), {} thread{} each ({}), kernels {}",
            grid.world().size(), grid.patch_axis().size(), grid.arrangement_axis().size(), problem.threads(),
            problem.threads() == 1 ? "" : "s", problem.threads_from(), problem.kernels().target());
  const auto& place = problem.execution();
  if (!place.why.empty()) log::info("            {}", place.why);
  if (!place.placement.empty())
    log::info("            {}; gradients are summed over {}", place.placement, grid.world().name());
  if (!place.unreached.empty()) log::warn("{}", place.unreached);
  if (problem.blocks().dead == problem.blocks().total && problem.blocks().total > 0)
    log::warn(
        "the dual network is dead: every gate is shut, so its optimum is |x|^2; lower network.lambda or "
        "raise arrangements.std");
  if (grid.patch_axis().size() > shape.images)
    log::warn("there are {} ranks on the patch axis for {} images: some have nothing to do",
              grid.patch_axis().size(), shape.images);
  if (grid.arrangement_axis().size() >
      std::max(block_tiles(problem.blocks().total), block_tiles(problem.filters())))
    log::warn("there are {} ranks on the arrangement axis for {} blocks: some have nothing to do",
              grid.arrangement_axis().size(), problem.blocks().total);
  for (const Network network : config.run.networks) {
    const bool primal = network == Network::primal;
    const std::int64_t batch = (primal ? config.primal_optimizer : config.dual_optimizer).batch;
    if (batch > shape.images)
      log::warn("optimizer.{}.batch is {}, and there are {} training images: every batch is all of them",
                primal ? "primal" : "dual", batch, shape.images);
  }
  if (config.network.constraints == Constraints::none && config.network.rho > 0.0)
    log::info("network.constraints is none: network.rho = {:g} is ignored", config.network.rho);
  if (problem.context().rho == 0.0)
    log::info("rho = 0: without sign constraints the split into w and w' is not unique");
}

/// Where Slurm runs this, how often it has been requeued.
void announce_job() {
  const auto value = [](const char* name) {
    const char* text = std::getenv(name);
    return std::string(text != nullptr ? text : "");
  };
  if (value("SLURM_JOB_ID").empty()) return;
  std::string job = value("SLURM_JOB_ID");
  if (!value("SLURM_ARRAY_JOB_ID").empty())
    job += " (task " + value("SLURM_ARRAY_JOB_ID") + "_" + value("SLURM_ARRAY_TASK_ID") + ")";
  const std::string restarts = value("SLURM_RESTART_COUNT");
  log::info("slurm       job {}, requeued {} times, on {}", job, restarts.empty() ? "0" : restarts,
            value("SLURM_JOB_NODELIST"));
}

/// Blocks so close that their gates are nearly the same are worth a warning: they cost work and add nothing.
void report_twins(const std::vector<double>& g, int length) {
  const auto near_duplicates = nearly_equal(g, length, 1e-6, 4);
  for (const auto& [a, b] : near_duplicates) log::warn("arrangement blocks {} and {} are nearly equal", a, b);
}

/// The training loop, or none where a stop was asked for before there was anything to keep.
template <class T>
std::optional<TrainingLoop<T>> ready(const Config& config, Problem<T>& problem, RunFolder* folder,
                                     const fs::path& checkpoints, const fs::path& resume) {
  try {
    return std::optional<TrainingLoop<T>>(std::in_place, config, problem, folder, checkpoints, resume);
  } catch (const StoppedAtStart& stop) {
    log::info("{}", stop.what());
    return std::nullopt;
  }
}

template <class T>
ExitCode train_as(const Config& config, RunFolder* folder, const fs::path& checkpoints,
                  const fs::path& resume, Communicator& world) {
  activity::begin("reading the checkpoint");
  Given given;
  if (!resume.empty()) {
    const CheckpointReader file(resume, false);
    given.blocks = read_weights<double>(file, "dual/g");
    if (file.has("primal/v")) given.filters = static_cast<std::int64_t>(file.shape("primal/v")[0]);
  }
  activity::begin("reading the data");
  Problem<T> problem(config, world, given);
  activity::begin("preparing the first step");
  if (world.rank() == 0) {
    announce(config, problem);
    report_twins({problem.blocks().g.begin(), problem.blocks().g.end()}, problem.length());
  }
  require_filters(config.arrangements, problem.length());
  if (resume.empty())
    check_start(config, problem);
  else
    check_resume(resume, config, problem);
  auto loop = ready<T>(config, problem, folder, checkpoints, resume);
  if (!loop) return ExitCode::stopped;
  // Only now, so that a start that failed over its data can be corrected in the same folder.
  if (folder != nullptr) folder->write_text(folder->config_file(), dump_config(config));
  return loop->run() == Ending::complete ? ExitCode::done : ExitCode::stopped;
}

}  // namespace

ExitCode run_training(const Config& config, const fs::path& out, bool resume, Communicator& world) {
  require_parts(config.run);
  require_agreement(config, out, world);
  install_stop_signals();
  activity::begin("opening the run's folder");
  const Watchdog watchdog(config.run.watchdog, world);
  std::unique_ptr<RunFolder> folder;
  std::int64_t start = 0;
  on_first_rank(world, [&] {
    folder = std::make_unique<RunFolder>(out);
    start = static_cast<std::int64_t>(decide(*folder, config, resume));
  });
  start = world.max(start);  // the other ranks bring 0
  if (static_cast<Start>(start) == Start::nothing_to_do) {
    log::info("{} holds this run, complete: {}", out.string(), (out / "result.json").string());
    return ExitCode::done;
  }
  if (folder) log::open_file(folder->log_file());
  if (world.rank() == 0) announce_job();
  const auto checkpoints = out / "checkpoints";
  fs::path generation;
  if (static_cast<Start>(start) == Start::resume) {
    generation = latest_valid(checkpoints, world);
    if (generation.empty())
      log::info("no whole checkpoint in {}: starting from the beginning", checkpoints.string());
    else
      log::info("resuming from {}", generation.string());
  }
  return config.run.precision == Precision::fp64
             ? train_as<double>(config, folder.get(), checkpoints, generation, world)
             : train_as<float>(config, folder.get(), checkpoints, generation, world);
}

}  // namespace zerogap
