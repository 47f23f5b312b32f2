#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "objective/dual_pass.hpp"
#include "objective/primal_pass.hpp"
#include "problem/execution.hpp"
#include "problem/program_sequence.hpp"
#include "problem/threads.hpp"

namespace zerogap {

/// This rank's share of the blocks g_j.
template <class T>
struct Blocks {
  std::int64_t total = 0;  ///< P, after dropping dead ones
  int length = 0;          ///< d
  Range share;             ///< of the blocks
  std::vector<T> g;        ///< (share.count(), d)
  std::int64_t dead = 0;   ///< blocks whose gate is zero on every training patch
};

/// What a checkpoint or a file of weights brings to the problem that it is looked at in.
struct Given {
  std::vector<double> blocks = {};  ///< g of all blocks (P, d); empty: sampled as configured
  std::int64_t filters = -1;        ///< K; -1: as configured
  /// What pixels are mapped with where data.normalise says so; none: measured on the training images.
  std::optional<Normalisation> normalisation = std::nullopt;
};

/// Everything that stays the same while a network is trained or evaluated: grid, kernels, data, blocks, and
/// the program's terms. Built once, collectively, from the configuration; a run that solves one program after
/// the other changes the terms between them.
template <class T>
class Problem {
 public:
  Problem(const Config& config, Communicator& world, const Given& given = {});

  ProcessGrid& grid() const { return *grid_; }
  Kernels<T>& kernels() const { return *kernels_; }
  const ExecutionContext& execution() const { return execution_; }
  const PatchSet<T>& train() const { return train_; }
  const PatchSet<T>* test() const { return test_ ? &*test_ : nullptr; }
  const Blocks<T>& blocks() const { return blocks_; }
  std::int64_t filters() const { return filters_; }  ///< K
  Range filter_share() const { return grid_->blocks(filters_); }
  int length() const { return train_.source().length; }  ///< d
  /// Passes refer to it, and so see the terms as they are now.
  const PassContext<T>& context() const { return context_; }
  bool hard() const { return config_.network.constraints == Constraints::hard; }
  /// Another program on the same data and blocks. What follows from the gates (dead blocks, beta_max) is
  /// found anew. Collective over the grid.
  void set_parameters(const ProgramParameters& parameters);
  /// Other blocks, all of them (P, d), on the same data; beta is absolute. Collective over the grid.
  void set_blocks(const std::vector<double>& all, double beta);
  void set_beta(double absolute) { context_.beta = absolute; }
  int threads() const { return threads_.count; }
  /// What decided how many.
  const std::string& threads_from() const { return threads_.why; }
  /// By how much rounding may move an objective and its lower bound apart: a relative error of the
  /// predictions weighs 2 |r||pred|, with |r| at most the objective's root.
  double value_rounding(double objective) const;
  /// Bytes that this rank had in memory before it read any data.
  std::size_t start_memory() const { return start_memory_; }

  /// Test sums are multiplied by this, so that both sets compare: I_train/I_test.
  double test_factor() const {
    return static_cast<double>(train_.patches()) / static_cast<double>(test_->patches());
  }
  /// Reads every test image of the source, for the last evaluation.
  void use_all_test_images();

 private:
  void load_data(const std::optional<Normalisation>& given);
  void make_blocks(const std::vector<double>& given);
  /// Blocks with a gate open on some training patch.
  std::vector<std::int64_t> alive_blocks() const;
  /// max_j |Y'Q_j x|: above it the optimum for rho = 0 is zero.
  double beta_max() const;

  Config config_;
  ExecutionContext execution_;
  std::unique_ptr<ProcessGrid> grid_;
  std::unique_ptr<Kernels<T>> kernels_;
  PatchSet<T> train_;
  std::optional<PatchSet<T>> test_;
  Blocks<T> blocks_;
  std::int64_t dropped_ = 0;  ///< blocks that are dead in every program of the run
  std::int64_t filters_;
  PassContext<T> context_;
  Threads threads_;
  std::size_t start_memory_;
};

}  // namespace zerogap
