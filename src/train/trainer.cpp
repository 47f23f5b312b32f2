#include "train/trainer.hpp"

#include <algorithm>
#include <cmath>

#include "core/activity.hpp"
#include "core/build_info.hpp"
#include "core/format.hpp"
#include "core/log.hpp"
#include "core/signals.hpp"
#include "train/baselines.hpp"
#include "train/result.hpp"

namespace zerogap {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

}  // namespace

template <class T>
Trainer<T>::Trainer(const Config& config, Problem<T>& problem, RunFolder* folder,
                    const std::filesystem::path& checkpoints, const std::filesystem::path& resume)
    : config_(config),
      problem_(&problem),
      folder_(folder),
      checkpoints_(checkpoints),
      evaluator_(problem, config.certificate.widths) {
  for (const Network network : config.run.networks) {
    trainees_.push_back(make_trainee<T>(network, config, problem));
    batches_.emplace_back(problem.train().data.shape, problem.train().data.images,
                          trainees_.back()->options().batch, config.data.seed);
  }
  if (!resume.empty()) {
    const CheckpointReader file(resume);
    record_ = read_record(file);
    restore_state(file, trainees_);
    go_on_if_epochs_were_raised();
    if (!record_.last_report.empty()) last_ = nlohmann::ordered_json::parse(record_.last_report);
    earlier_seconds_ = record_.seconds;
    newest_ = resume;
  }
  record_.config = dump_config(config);
  record_.train_hash = problem.train().data.content_hash;
  record_.test_hash = problem.test() != nullptr ? problem.test()->data.content_hash : "";
  record_.target = problem.kernels().target();
  if (folder_ != nullptr) {
    history_ = std::make_unique<History>(folder_->history_file(), record_.history_bytes);
    progress_ = std::make_unique<Progress>();
  }
  baselines_ = baselines(problem);
  start_ = last_save_ = Clock::now();
}

template <class T>
void Trainer<T>::go_on_if_epochs_were_raised() {
  const Config before = parse_config(record_.config, "the checkpoint's configuration", {});
  for (auto& t : trainees_) {
    const auto& old = t->network() == Network::primal ? before.primal_optimizer : before.dual_optimizer;
    if (t->options().epochs > old.epochs) t->finished = false;
  }
}

template <class T>
bool Trainer<T>::finished() const {
  return std::all_of(trainees_.begin(), trainees_.end(), [](const auto& t) { return t->finished; });
}

template <class T>
Ending Trainer<T>::run() {
  if (record_.evaluated_epoch < 0) evaluate();
  while (!finished()) {
    if (!train_epoch()) return stop();
    ++record_.epoch;
    for (auto& t : trainees_) t->finished = t->finished || t->epoch >= t->options().epochs;
    const auto due = [&](std::int64_t every) { return every > 0 && record_.epoch % every == 0; };
    if (finished() || due(config_.run.evaluate_every)) evaluate();
    if (!finished() && due(config_.run.checkpoint.every)) save(false);
  }
  if (record_.evaluated_epoch < record_.epoch)
    evaluate();  // resumed between the last step and its evaluation
  save(true);
  test_on_all_images();
  write_result("complete");
  return Ending::complete;
}

template <class T>
Ending Trainer<T>::stop() {
  save(false);
  write_result("stopped");
  log::info("stopped on request ({}) in epoch {}; checkpoint {}; go on with --resume", stop_reason_,
            record_.epoch + 1, newest_.string());
  return Ending::stopped;
}

template <class T>
bool Trainer<T>::train_epoch() {
  for (std::size_t n = 0; n < trainees_.size(); ++n) {
    auto& trainee = *trainees_[n];
    while (!trainee.finished && trainee.epoch <= record_.epoch && trainee.epoch < trainee.options().epochs) {
      const auto start = Clock::now();
      double pairs = 0.0;
      activity::begin(fmt::format("step {} of the {}", trainee.steps + 1, trainee.name()));
      try {
        pairs = trainee.step(batches_[n]);
      } catch (const Diverged& error) {
        throw diverged(error, fmt::format("the {} network, step {}, learning rate {:g}", trainee.name(),
                                          trainee.steps + 1, trainee.learning_rate));
      }
      after_step(trainee, pairs, since(start));
      if (stop_agreed()) return false;
    }
  }
  return true;
}

template <class T>
Diverged Trainer<T>::diverged(const Diverged& error, const std::string& where) const {
  return Diverged(
      error.what(), where,
      "lower optimizer.lr, by a factor of 10 or more (for sgd, asgd and svrg the gradient is a sum over all "
      "patches)" +
          (newest_.empty() ? std::string() : "; the last good checkpoint is " + newest_.string()));
}

template <class T>
void Trainer<T>::after_step(const Trainee<T>& trainee, double pairs, double seconds) {
  time_.steps += seconds;
  pairs_ += pairs;
  if (folder_ == nullptr) return;
  folder_->heartbeat();
  progress_->update(progress_of(trainee, trainee.last_objective));
}

template <class T>
ProgressState Trainer<T>::progress_of(const Trainee<T>& trainee, double objective) const {
  ProgressState state;
  state.network = trainee.name();
  state.epoch = trainee.epoch;
  state.epochs = trainee.options().epochs;
  state.objective = objective;
  if (trainee.network() == Network::dual) state.gap = gap_;
  if (time_.steps > 0.0) state.pairs_per_second = pairs_ / time_.steps;
  std::int64_t done = 0, left = 0;
  for (const auto& t : trainees_) {
    done += t->epoch;
    if (!t->finished) left += t->options().epochs - t->epoch;
  }
  if (done > 0)
    state.seconds_left =
        (earlier_seconds_ + since(start_)) * static_cast<double>(left) / static_cast<double>(done);
  return state;
}

template <class T>
bool Trainer<T>::stop_agreed() {
  activity::part("agreeing on whether to stop");
  const auto& run = config_.run;
  const auto signal = stop_requested();
  std::int64_t flags[3] = {signal.value_or(0), 0, 0};
  if (folder_ != nullptr) {  // one clock decides
    flags[1] = run.stop.seconds > 0.0 && since(start_) >= run.stop.seconds;
    flags[2] = run.checkpoint.seconds > 0.0 && since(last_save_) >= run.checkpoint.seconds;
  }
  problem_->grid().world().max(std::span<std::int64_t>(flags));
  if (flags[0] != 0) stop_reason_ = signal_name(static_cast<int>(flags[0]));
  if (flags[0] == 0 && flags[1] != 0) stop_reason_ = "run.stop.seconds";
  const bool stopping = flags[0] != 0 || flags[1] != 0;
  if (!stopping && flags[2] != 0) save(false);
  return stopping;
}

/// Ranks' clocks differ, and a checkpoint must say the same on all of them.
template <class T>
double Trainer<T>::agreed_seconds() const {
  return problem_->grid().world().max(earlier_seconds_ + since(start_));
}

template <class T>
Evaluation Trainer<T>::measure(std::vector<double>& objectives) {
  const auto start = Clock::now();
  Evaluation evaluation;
  activity::begin(fmt::format("the evaluation after epoch {}", record_.epoch));
  try {
    for (auto& trainee : trainees_) objectives.push_back(trainee->evaluate(evaluator_, evaluation));
  } catch (const Diverged& error) {
    throw diverged(error, "found by the evaluation after epoch " + std::to_string(record_.epoch));
  }
  if (evaluation.dual) gap_ = evaluation.dual->gap();
  last_ = to_json(evaluation);
  time_.evaluations += since(start);
  return evaluation;
}

template <class T>
void Trainer<T>::test_on_all_images() {
  if (!config_.data.all_test_images_at_end || problem_->test() == nullptr) return;
  problem_->use_all_test_images();
  std::vector<double> objectives;
  measure(objectives);
}

template <class T>
void Trainer<T>::evaluate() {
  std::vector<double> objectives;
  const Evaluation evaluation = measure(objectives);
  warn_if_dead(evaluation);
  record_.seconds = agreed_seconds();
  nlohmann::ordered_json line{{"epoch", record_.epoch},
                              {"seconds", record_.seconds},
                              {"pairs_per_second", time_.steps > 0.0 ? pairs_ / time_.steps : 0.0}};
  for (const auto& t : trainees_)
    line["steps"][t->name()] = t->steps, line["learning_rate"][t->name()] = t->learning_rate;
  line.update(last_);
  if (history_) history_->append(line);
  record_.history_bytes = problem_->grid().world().max(history_ ? history_->position() : 0);
  record_.evaluated_epoch = record_.epoch;
  record_.last_report = last_.dump();
  for (std::size_t n = 0; n < trainees_.size(); ++n) {
    auto& trainee = *trainees_[n];
    note_best(trainee, objectives[n], line);
    apply_stop_rules(trainee, objectives[n], evaluation);
    trainee.last_objective = objectives[n];
    if (progress_) progress_->line(progress_of(trainee, objectives[n]));
  }
}

template <class T>
void Trainer<T>::warn_if_dead(const Evaluation& evaluation) {
  const bool dead = evaluation.primal && !evaluation.primal->active;
  if (dead && !was_dead_)
    log::warn(
        "the primal network is dead: no activation passes the threshold network.lambda = {:g}, so only the "
        "decay moves it; start from larger "
        "filters (init.kind kaiming_uniform, or a larger init.std)",
        config_.network.lambda);
  was_dead_ = dead;
}

template <class T>
void Trainer<T>::note_best(Trainee<T>& trainee, double objective, const nlohmann::ordered_json& line) {
  if (!(objective < trainee.best.objective)) return;
  trainee.best.objective = objective;
  trainee.best.report = best_report(trainee.network(), line).dump();
  trainee.best.weights.clear();
  for (std::size_t p = 0; p < trainee.parameters().size(); ++p) {
    const auto result = trainee.weights().result(p);
    trainee.best.weights.emplace_back(result.begin(), result.end());
  }
}

template <class T>
void Trainer<T>::apply_stop_rules(Trainee<T>& trainee, double objective, const Evaluation& evaluation) {
  const auto& stop = config_.run.stop;
  if (trainee.network() == Network::dual && stop.gap > 0.0 && evaluation.dual->gap() <= stop.gap) {
    if (!trainee.finished)
      log::info("dual: certified gap {} reached run.stop.gap", format_percent(evaluation.dual->gap()));
    trainee.finished = true;
  }
  const double change = std::abs(objective - trainee.last_objective) / std::abs(objective);
  if (trainee.network() == Network::primal && stop.relative_change > 0.0 && change < stop.relative_change) {
    if (!trainee.finished)
      log::info("primal: changed by {:.3g} since the last evaluation, less than run.stop.relative_change",
                change);
    trainee.finished = true;
  }
}

template <class T>
void Trainer<T>::save(bool complete) {
  const auto start = Clock::now();
  activity::begin(fmt::format("the checkpoint after epoch {}", record_.epoch));
  record_.seconds = agreed_seconds();
  record_.complete = complete;
  activity::part("writing it");
  auto& world = problem_->grid().world();
  std::int64_t number = 0;
  if (folder_ != nullptr) {
    const auto generations = list_generations(checkpoints_);
    number = generations.empty() ? 1 : generations.back().number + 1;
  }
  newest_ = generation_path(checkpoints_, world.max(number));
  save_state(newest_, record_, trainees_, *problem_);
  if (folder_ != nullptr) prune_generations(checkpoints_, config_.run.checkpoint.keep);
  time_.checkpoints += since(start);
  last_save_ = Clock::now();
}

template <class T>
void Trainer<T>::write_result(const std::string& status) {
  activity::begin("writing the result");
  if (folder_ == nullptr) return;
  ResultHead head;
  head.status = status;
  head.checkpoint = newest_;
  head.seconds = record_.seconds;
  head.time = {
      {"steps", time_.steps}, {"evaluations", time_.evaluations}, {"checkpoints", time_.checkpoints}};
  OverlapTimes sums;
  for (const auto& t : trainees_) {
    sums.in_flight += t->overlap_times().in_flight;
    sums.waiting += t->overlap_times().waiting;
  }
  if (sums.in_flight > 0.0 && problem_->grid().patch_axis().size() > 1)
    head.time["sums_hidden_share"] = sums.hidden_share();
  head.pairs_per_second = time_.steps > 0.0 ? pairs_ / time_.steps : 0.0;
  auto result = describe_run(config_, *problem_, head);
  result["baselines"] = baselines_;
  result["epoch"] = record_.epoch;
  result["evaluated_epoch"] = record_.evaluated_epoch;
  result.update(last_);
  for (const auto& t : trainees_) {
    result["steps"][t->name()] = t->steps;
    if (!t->best.report.empty()) result["best"].update(nlohmann::ordered_json::parse(t->best.report));
  }
  folder_->write_text(folder_->result_file(),
                      result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  if (progress_) progress_->finish();
  if (status == "complete") log::info("{}", closing_words(result, folder_->path()));
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace zerogap
