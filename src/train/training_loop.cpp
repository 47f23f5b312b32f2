#include "train/training_loop.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/activity.hpp"
#include "core/format.hpp"
#include "core/log.hpp"
#include "core/signals.hpp"
#include "evaluation/baselines.hpp"
#include "problem/initial_weights.hpp"
#include "search/greedy.hpp"
#include "train/result.hpp"

namespace zerogap {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

}  // namespace

template <class T>
TrainingLoop<T>::TrainingLoop(const Config& config, Problem<T>& problem, RunFolder* folder,
                              const std::filesystem::path& checkpoints, const std::filesystem::path& resume)
    : config_(config),
      problem_(&problem),
      programs_(config),
      rounds_(config),
      folder_(folder),
      checkpoints_(checkpoints),
      evaluator_(problem, config.certificate.widths) {
  std::optional<CheckpointReader> file;
  if (!resume.empty()) file.emplace(resume);
  start_ = Clock::now();
  for (const Network network : config.run.networks) {
    trainers_.push_back(begin(network, file && holds(*file, network)));
    batches_.emplace_back(problem.train().data.shape, problem.train().data.images,
                          trainers_.back()->options().batch, config.data.seed);
  }
  if (file) resume_from(*file, resume);
  record_.config = dump_config(config);
  record_.train_hash = problem.train().data.content_hash;
  record_.test_hash = problem.test() != nullptr ? problem.test()->data.content_hash : "";
  record_.target = problem.kernels().target();
  if (folder_ != nullptr) {
    history_ = std::make_unique<History>(folder_->history_file(), record_.history_bytes);
    progress_ = std::make_unique<Progress>();
  }
  baselines_ = baselines(problem);
  last_save_ = Clock::now();
}

template <class T>
std::unique_ptr<NetworkTrainer<T>> TrainingLoop<T>::begin(Network network, bool restored) {
  if (restored) {
    // Its weights are the checkpoint's; the file that a run started from may be gone.
    Config anywhere = config_;
    anywhere.init.kind = InitKind::zero;
    anywhere.init.dual_kind = DualInit::zero;
    return make_network_trainer<T>(network, anywhere, *problem_);
  }
  if (network != Network::primal || config_.init.kind != InitKind::greedy)
    return make_network_trainer<T>(network, config_, *problem_);
  const auto filters = greedy_filters<T>(config_, *problem_, [this] {
    if (folder_ != nullptr) folder_->heartbeat();
    if (problem_->grid().world().max(std::int64_t{stop_requested().has_value()}) != 0) throw StoppedAtStart();
  });
  return make_network_trainer<T>(network, config_, *problem_, &filters);
}

template <class T>
void TrainingLoop<T>::resume_from(const CheckpointReader& file, const std::filesystem::path& generation) {
  record_ = read_record(file);
  if (!record_.programs.empty()) programs_.restore(record_.programs);
  problem_->set_parameters(programs_.parameters());
  if (!record_.rounds.empty()) rounds_.restore(record_.rounds);
  if (rounds_.active() && rounds_.beta() > 0.0) problem_->set_beta(rounds_.beta());
  restore_state(file, trainers_);
  go_on_if_epochs_were_raised();
  if (!record_.last_report.empty()) last_ = nlohmann::ordered_json::parse(record_.last_report);
  earlier_seconds_ = record_.seconds;
  newest_ = generation;
}

template <class T>
void TrainingLoop<T>::go_on_if_epochs_were_raised() {
  const Config before = parse_config(record_.config, "the checkpoint's configuration", {});
  for (auto& t : trainers_) {
    const auto& old = t->network() == Network::primal ? before.primal_optimizer : before.dual_optimizer;
    if (t->options().epochs <= old.epochs) continue;
    t->finished = false;
    if (t.get() != solver() || !programs_.done()) continue;
    programs_.reopen();
    t->ended = TerminationReason::running;
  }
}

template <class T>
bool TrainingLoop<T>::finished() const {
  return std::all_of(trainers_.begin(), trainers_.end(), [](const auto& t) { return t->finished; });
}

template <class T>
Ending TrainingLoop<T>::run() {
  try {
    return train();
  } catch (const Diverged&) {
    write_result("diverged");
    throw;
  }
}

template <class T>
Ending TrainingLoop<T>::train() {
  if (!finished()) tell_program();
  if (record_.evaluated_epoch < 0) {
    evaluate();
    end_program();
  }
  while (!finished()) {
    if (!train_epoch()) return stop();
    ++record_.epoch;
    for (auto& t : trainers_) t->finished = t->finished || t->epoch >= t->options().epochs;
    const auto due = [&](std::int64_t every) { return every > 0 && record_.epoch % every == 0; };
    if (finished() || program_ended() || due(config_.run.evaluate_every)) evaluate();
    end_program();
    if (!finished() && due(config_.run.checkpoint.every)) save(false);
  }
  if (record_.evaluated_epoch < record_.epoch)
    evaluate();  // resumed between the last step and its evaluation
  warn_if_epochs_are_used_up();
  save(true);
  test_on_all_images();
  write_result("complete");
  return Ending::complete;
}

template <class T>
Ending TrainingLoop<T>::stop() {
  save(false);
  write_result("stopped");
  log::info("stopped on request ({}) in epoch {}; checkpoint {}; go on with --resume", stop_reason_,
            record_.epoch + 1, newest_.string());
  return Ending::stopped;
}

template <class T>
bool TrainingLoop<T>::train_epoch() {
  for (std::size_t n = 0; n < trainers_.size(); ++n) {
    auto& trainer = *trainers_[n];
    while (!trainer.finished && trainer.epoch <= record_.epoch && trainer.epoch < trainer.options().epochs) {
      const auto start = Clock::now();
      double pairs = 0.0;
      activity::begin(fmt::format("step {} of the {}", trainer.steps + 1, trainer.name()));
      try {
        pairs = trainer.step(batches_[n]);
      } catch (const Diverged& error) {
        const bool solving = trainer.options().solves();
        throw diverged(error,
                       fmt::format("the {} network, step {}{}", trainer.name(), trainer.steps + 1,
                                   solving ? "" : fmt::format(", learning rate {:g}", trainer.learning_rate)),
                       solving);
      }
      after_step(trainer, pairs, since(start));
      if (stop_agreed(trainer)) return false;
    }
  }
  return true;
}

template <class T>
Diverged TrainingLoop<T>::diverged(const Diverged& error, const std::string& where, bool solving) const {
  const std::string todo =
      solving ? "set run.precision to fp64, start from zero (init.dual_kind), or take wider smoothing "
                "(optimizer.smoothing)"
              : "lower optimizer.lr, by a factor of 10 or more (for sgd, asgd and svrg the gradient is a sum "
                "over all patches)";
  return Diverged(
      error.what(), where,
      todo + (newest_.empty() ? std::string() : "; the last good checkpoint is " + newest_.string()));
}

template <class T>
void TrainingLoop<T>::after_step(const NetworkTrainer<T>& trainer, double pairs, double seconds) {
  time_.steps += seconds;
  pairs_ += pairs;
  if (folder_ == nullptr) return;
  folder_->heartbeat();
  progress_->update(progress_of(trainer, trainer.last_objective));
}

template <class T>
ProgressState TrainingLoop<T>::progress_of(const NetworkTrainer<T>& trainer, double objective) const {
  ProgressState state;
  state.network = trainer.name();
  state.epoch = trainer.epoch;
  state.epochs = trainer.options().epochs;
  state.objective = objective;
  if (trainer.network() == Network::dual) state.gap = gap_;
  if (time_.steps > 0.0) state.pairs_per_second = pairs_ / time_.steps;
  std::int64_t done = 0, left = 0;
  for (const auto& t : trainers_) {
    if (t->options().solves() && !t->finished) return state;  // it ends at its gap, nobody knows when
    done += t->epoch;
    if (!t->finished) left += t->options().epochs - t->epoch;
  }
  if (done > 0)
    state.seconds_left =
        (earlier_seconds_ + since(start_)) * static_cast<double>(left) / static_cast<double>(done);
  return state;
}

/// One message between the ranks a step: whether to stop, and what the training loop's next step has to know.
template <class T>
bool TrainingLoop<T>::stop_agreed(NetworkTrainer<T>& trainer) {
  activity::part("agreeing on whether to stop");
  const auto& run = config_.run;
  const auto signal = stop_requested();
  std::array<std::int64_t, 5> largest{signal.value_or(0)};
  if (folder_ != nullptr) {  // one clock decides
    largest[1] = run.stop.seconds > 0.0 && since(start_) >= run.stop.seconds;
    largest[2] = run.checkpoint.seconds > 0.0 && since(last_save_) >= run.checkpoint.seconds;
  }
  WeightSizes sizes = trainer.sizes();
  // The bits of doubles >= 0 are in their order. Ranks along the patch axis have the same weights.
  for (std::size_t i = 0; i < 2; ++i) largest[3 + i] = std::bit_cast<std::int64_t>(sizes.largest[i]);
  if (problem_->grid().patch_axis().rank() != 0) sizes.norms = {};
  problem_->grid().world().reduce(sizes.norms.span(), largest);
  for (std::size_t i = 0; i < 2; ++i) sizes.largest[i] = std::bit_cast<double>(largest[3 + i]);
  trainer.know(sizes);
  if (largest[0] != 0) stop_reason_ = signal_name(static_cast<int>(largest[0]));
  if (largest[0] == 0 && largest[1] != 0) stop_reason_ = "run.stop.seconds";
  const bool stopping = largest[0] != 0 || largest[1] != 0;
  if (!stopping && largest[2] != 0) save(false);
  return stopping;
}

/// Ranks' clocks differ, and a checkpoint must say the same on all of them.
template <class T>
double TrainingLoop<T>::agreed_seconds() const {
  return problem_->grid().world().max(earlier_seconds_ + since(start_));
}

template <class T>
Evaluation TrainingLoop<T>::measure(std::vector<double>& objectives) {
  const auto start = Clock::now();
  Evaluation evaluation;
  activity::begin(fmt::format("the evaluation after epoch {}", record_.epoch));
  try {
    for (auto& trainer : trainers_) objectives.push_back(trainer->evaluate(evaluator_, evaluation));
  } catch (const Diverged& error) {
    if (record_.epoch == 0 && starts_from_file(config_.init))
      throw data_error("the weights of init.path " + config_.init.path + " are too large to start from",
                       "what they predict leaves the range of numbers",
                       "give weights of a training that did not diverge, or set run.precision to fp64");
    throw diverged(error, "found by the evaluation after epoch " + std::to_string(record_.epoch),
                   solver() != nullptr && trainers_.size() == 1);
  }
  if (evaluation.dual) gap_ = evaluation.dual->gap();
  dual_ = evaluation.dual;
  last_ = to_json(evaluation);
  time_.evaluations += since(start);
  return evaluation;
}

template <class T>
void TrainingLoop<T>::test_on_all_images() {
  if (!config_.data.all_test_images_at_end || problem_->test() == nullptr) return;
  problem_->use_all_test_images();
  std::vector<double> objectives;
  measure(objectives);
}

template <class T>
void TrainingLoop<T>::evaluate() {
  std::vector<double> objectives;
  const Evaluation evaluation = measure(objectives);
  warn_if_dead(evaluation);
  record_.seconds = agreed_seconds();
  nlohmann::ordered_json line{{"epoch", record_.epoch},
                              {"seconds", record_.seconds},
                              {"pairs_per_second", time_.steps > 0.0 ? pairs_ / time_.steps : 0.0}};
  if (programs_.several()) line["program"] = programs_.number();
  for (const auto& t : trainers_)
    line["steps"][t->name()] = t->steps, line["learning_rate"][t->name()] = t->learning_rate;
  line.update(last_);
  require_lock();
  if (history_) history_->append(line);
  record_.history_bytes = problem_->grid().world().max(history_ ? history_->position() : 0);
  record_.evaluated_epoch = record_.epoch;
  record_.last_report = last_.dump();
  for (std::size_t n = 0; n < trainers_.size(); ++n) {
    auto& trainer = *trainers_[n];
    update_best(trainer, objectives[n], line);
    apply_stop_rules(trainer, objectives[n], evaluation);
    trainer.last_objective = objectives[n];
    if (progress_ && !trainer.told_end) progress_->line(progress_of(trainer, objectives[n]));
    trainer.told_end = trainer.finished;
  }
}

template <class T>
void TrainingLoop<T>::warn_if_dead(const Evaluation& evaluation) {
  const bool dead = evaluation.primal && !evaluation.primal->active;
  if (dead && !was_dead_)
    log::warn(
        "the primal network is dead: no activation passes the threshold network.lambda = {:g}{}, so only the "
        "{} moves it; {}",
        config_.network.lambda, config_.network.form == NetworkForm::relative ? " |u|" : "",
        config_.network.form == NetworkForm::ball ? "regularisation" : "decay",
        config_.network.form == NetworkForm::decay
            ? "start from larger filters (init.kind kaiming_uniform, or a larger init.std)"
            : "lower network.lambda, or start from other filters (init.seed)");
  was_dead_ = dead;
}

template <class T>
void TrainingLoop<T>::update_best(NetworkTrainer<T>& trainer, double objective,
                                  const nlohmann::ordered_json& line) {
  if (!(objective < trainer.best.objective)) return;
  trainer.best.objective = objective;
  trainer.best.report = best_report(trainer.network(), line).dump();
  trainer.best.weights.clear();
  for (std::size_t p = 0; p < trainer.parameters().size(); ++p) {
    const auto result = trainer.weights().result(p);
    trainer.best.weights.emplace_back(result.begin(), result.end());
  }
}

template <class T>
void TrainingLoop<T>::apply_stop_rules(NetworkTrainer<T>& trainer, double objective,
                                       const Evaluation& evaluation) {
  const auto& stop = config_.run.stop;
  if (trainer.network() == Network::dual && stop.gap > 0.0 && evaluation.dual->gap() <= stop.gap) {
    const bool violated = programs_.hard() && evaluation.dual->relative_violation() > config_.hard.violation;
    if (&trainer == solver() && !trainer.finished && !violated) trainer.ended = TerminationReason::gap;
    if (&trainer != solver()) {
      if (!trainer.finished)
        log::info("dual: certified gap {} reached run.stop.gap", format_percent(evaluation.dual->gap()));
      trainer.finished = true;
    }
  }
  const double change = std::abs(objective - trainer.last_objective) / std::abs(objective);
  if (trainer.network() == Network::primal && stop.relative_change > 0.0 && change < stop.relative_change) {
    if (!trainer.finished)
      log::info("primal: changed by {:.3g} since the last evaluation, less than run.stop.relative_change",
                change);
    trainer.finished = true;
  }
}

template class TrainingLoop<float>;
template class TrainingLoop<double>;

}  // namespace zerogap
