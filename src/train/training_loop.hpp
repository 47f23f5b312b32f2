#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "problem/program_sequence.hpp"
#include "run/history.hpp"
#include "run/progress_line.hpp"
#include "run/run_folder.hpp"
#include "search/pricing.hpp"
#include "train/column_generation.hpp"
#include "train/snapshot.hpp"

namespace zerogap {

/// How a training ended.
enum class Ending {
  complete,  ///< every network is finished
  stopped,   ///< on request (a signal, run.stop.seconds), with a checkpoint written
};

/// A stop was asked for before there was anything to keep: while a greedy start was being found. Thrown by
/// all ranks alike.
class StoppedAtStart : public Error {
 public:
  StoppedAtStart()
      : Error(ExitCode::stopped, "stopped on request while init.kind greedy looked for its filters", "",
              "nothing is saved, and the same command begins again") {}
};

/// Where the time of a run went, in seconds of this start.
struct TimeShares {
  double steps = 0.0, evaluations = 0.0, checkpoints = 0.0;
};

/// The one loop: steps, evaluations, checkpoints, until all networks are finished or somebody asks to stop.
/// Networks go in lockstep, an epoch each. Every decision is agreed on by all ranks. Files are written by
/// rank 0, checkpoints by all.
template <class T>
class TrainingLoop {
 public:
  /// `folder` is null on every rank but 0. `resume` is empty or the generation to go on from. Throws
  /// StoppedAtStart.
  TrainingLoop(const Config& config, Problem<T>& problem, RunFolder* folder,
               const std::filesystem::path& checkpoints, const std::filesystem::path& resume);

  Ending run();

 private:
  Ending train();
  /// The training loop, from its start values; a greedy start is found here unless `restored` will take its
  /// place.
  std::unique_ptr<NetworkTrainer<T>> begin(Network network, bool restored);
  bool finished() const;
  void go_on_if_epochs_were_raised();
  /// Before this rank writes: Error (exit 3) when another process has taken the folder over.
  void require_lock();
  void resume_from(const CheckpointReader& file, const std::filesystem::path& generation);
  Ending stop();
  /// Brings every unfinished network to the end of the current epoch; false when a stop was agreed on.
  bool train_epoch();
  void after_step(const NetworkTrainer<T>& trainer, double pairs, double seconds);
  Diverged diverged(const Diverged& error, const std::string& where, bool solving) const;
  /// True when some rank was asked to stop after a step of this trainer. Writes a checkpoint where its time
  /// has come.
  bool stop_agreed(NetworkTrainer<T>& trainer);
  double agreed_seconds() const;
  /// Measures all networks: their objectives, in order, and everything else.
  Evaluation measure(std::vector<double>& objectives);
  /// An evaluation: a line of the history, the best so far, the stop rules.
  void evaluate();
  /// Measures once more for result.json, on every test image, where that is asked for. The history keeps to
  /// one test set.
  void test_on_all_images();
  void update_best(NetworkTrainer<T>& trainer, double objective, const nlohmann::ordered_json& line);
  void apply_stop_rules(NetworkTrainer<T>& trainer, double objective, const Evaluation& evaluation);
  /// Where a solver has ended its program, evaluated by now: takes the record down, and on to the next
  /// program or to the end.
  void end_program();
  bool program_ended() const;
  /// Where a run changes its blocks: puts those of the next program in place, with their weights. False: the
  /// last one is solved.
  bool change_blocks();
  PricedBlocks sampled_blocks(std::int64_t count) const;
  DualPoint<T> dual_point() const;
  void tell_last_search(const PricedBlocks& last) const;
  void prove_every_block();
  void tell_program() const;
  void tell_end(const ProgramResult& result) const;
  void warn_if_epochs_are_used_up() const;
  nlohmann::ordered_json solver_json() const;
  /// The network that a solver moves; null where there is none.
  NetworkTrainer<T>* solver() const;
  void save(bool complete);
  void write_result(const std::string& status);
  void warn_if_dead(const Evaluation& evaluation);
  ProgressState progress_of(const NetworkTrainer<T>& trainer, double objective) const;

  const Config& config_;
  Problem<T>* problem_;
  ProgramSequence programs_;
  ColumnGeneration rounds_;
  RunFolder* folder_;
  std::filesystem::path checkpoints_;
  NetworkTrainers<T> trainers_;
  std::vector<Batches> batches_;
  Evaluator<T> evaluator_;
  RunRecord record_;
  std::unique_ptr<History> history_;
  std::unique_ptr<Progress> progress_;
  nlohmann::ordered_json baselines_, last_;
  std::optional<DualReport> dual_;  ///< of the last evaluation, where it was of this program and start
  std::filesystem::path newest_;
  TimeShares time_;
  double earlier_seconds_ = 0.0, pairs_ = 0.0, gap_ = std::numeric_limits<double>::quiet_NaN();
  std::chrono::steady_clock::time_point start_, last_save_;
  bool was_dead_ = false;
  std::string stop_reason_;
};

}  // namespace zerogap
