// What the training loop writes into its run's folder beside the history.

#include <nlohmann/json.hpp>
#include "core/activity.hpp"

#include "core/json.hpp"
#include "core/log.hpp"
#include "train/result.hpp"
#include "train/training_loop.hpp"

namespace zerogap {

using Clock = std::chrono::steady_clock;

template <class T>
void TrainingLoop<T>::require_lock() {
  if (folder_ == nullptr) return;
  folder_->require_lock();
  history_->require_unmodified();
}

template <class T>
void TrainingLoop<T>::save(bool complete) {
  require_lock();
  const auto start = Clock::now();
  activity::begin(fmt::format("the checkpoint after epoch {}", record_.epoch));
  record_.seconds = agreed_seconds();
  record_.complete = complete;
  record_.programs = programs_.state();
  record_.rounds = rounds_.state();
  activity::part("writing it");
  auto& world = problem_->grid().world();
  std::int64_t number = 0;
  if (folder_ != nullptr) {
    const auto generations = list_generations(checkpoints_);
    number = generations.empty() ? 1 : generations.back().number + 1;
  }
  newest_ = generation_path(checkpoints_, world.max(number));
  save_state(newest_, record_, trainers_, *problem_);
  if (folder_ != nullptr) prune_generations(checkpoints_, config_.run.checkpoint.keep);
  time_.checkpoints += std::chrono::duration<double>(Clock::now() - start).count();
  last_save_ = Clock::now();
}

template <class T>
void TrainingLoop<T>::write_result(const std::string& status) {
  activity::begin("writing the result");
  if (folder_ == nullptr) return;
  require_lock();
  RunSummary head;
  head.status = status;
  head.checkpoint = newest_;
  head.seconds = record_.seconds;
  head.time = {
      {"steps", time_.steps}, {"evaluations", time_.evaluations}, {"checkpoints", time_.checkpoints}};
  OverlapTimes sums;
  for (const auto& t : trainers_) {
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
  if (last_.is_object()) result.update(last_);
  if (solver() != nullptr) result["solver"] = solver_json();
  if (solver() != nullptr && programs_.several() && !rounds_.active()) result["path"] = programs_.records();
  result.update(rounds_.records());
  for (const auto& t : trainers_) {
    result["steps"][t->name()] = t->steps;
    if (!t->best.report.empty()) result["best"].update(nlohmann::ordered_json::parse(t->best.report));
  }
  folder_->write_text(folder_->result_file(), print_json(result, 2) + "\n");
  if (progress_) progress_->finish();
  if (status == "complete") log::info("{}", summary_text(result, folder_->path()));
}

template void TrainingLoop<float>::require_lock();
template void TrainingLoop<double>::require_lock();
template void TrainingLoop<float>::save(bool);
template void TrainingLoop<double>::save(bool);
template void TrainingLoop<float>::write_result(const std::string&);
template void TrainingLoop<double>::write_result(const std::string&);

}  // namespace zerogap
