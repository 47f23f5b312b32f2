// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/claim.hpp"
#include "model/program_parameters.hpp"

namespace zerogap {

/// Why a solver ended a program.
enum class TerminationReason {
  running,
  gap,           ///< run.stop.gap is reached
  rounding,      ///< what is left to gain is below rounding
  conditioning,  ///< the same, and conjugate gradients used all their products
};
/// The name in result.json.
const char* name_of(TerminationReason reason);

/// Status of hard constraints after the last solved program.
enum class ConstraintStatus {
  open,         ///< rho has to be increased
  met,          ///< violation and gap are within their tolerances
  rounding,     ///< the violation is within its tolerance, and the gap as small as rounding allows
  unreachable,  ///< rho would exceed network.hard.rho_max
};
/// The name in result.json.
const char* name_of(ConstraintStatus status);

/// The solution of a program, from the evaluation at its end.
struct ProgramResult {
  TerminationReason end = TerminationReason::running;
  ProgramParameters parameters = {};                   ///< beta absolute
  std::int64_t blocks = 0;                             ///< P
  double objective = 0.0;                              ///< J
  Certificate lower_bound = Certificate::proved(0.0);  ///< the best for the program
  double gap = 0.0;                                    ///< hard constraints: of their program
  double max_violation = 0.0;
  double feasible_objective = 0.0;  ///< fit + group of the repaired point
  double relative_violation = 0.0;  ///< hard constraints only
  std::int64_t steps = 0;           ///< of the solver: of the run so far; in a record, of this program
  double seconds = 0.0;             ///< the same
};

/// How the next program of a run differs from the last one.
struct ProgramChange {
  enum class Kind {
    parameters,      ///< the same blocks with `parameters`
    sampled_blocks,  ///< the first `blocks` of the random sequence; existing blocks keep their weights
    priced_blocks,   ///< the blocks found by pricing in round `round`
  };
  Kind kind = Kind::parameters;
  ProgramParameters parameters = {};  ///< beta in network.beta_units
  std::int64_t blocks = 0;
  std::int64_t round = 0;  ///< from 1
};

/// The result of a search for blocks at a solution.
struct BlockSearchResult {
  std::int64_t added = 0, dropped = 0;
  double price = 0.0;      ///< the best found, as a multiple of 2 beta
  Estimate estimate{0.0};  ///< estimated lower bound of the optimum over all blocks
};

/// A certificate over all blocks, not only the sampled ones.
struct AllBlocksRecord {
  double max_block_norm = 0.0;       ///< proved upper bound of every block's norm
  double attained_block_norm = 0.0;  ///< attained by some block
  Certificate lower_bound = Certificate::proved(0.0);
  double gap = 0.0;
};

/// A solved program between two changes of the blocks.
struct BlockRecord {
  std::int64_t blocks = 0;  ///< P
  double objective = 0.0;
  Certificate lower_bound = Certificate::proved(0.0);
  double gap = 0.0;
  std::int64_t steps = 0;  ///< of this program
  double seconds = 0.0;    ///< the same
};
/// The same in a round of pricing; round 0 is the program before the first round.
struct RoundRecord {
  std::int64_t round = 0;
  BlockSearchResult change = {};  ///< the change that led to it; empty for round 0
  BlockRecord solution = {};
  double fall = 0.0;  ///< decrease of the objective since the previous round
};
/// The last search, which led to no further program.
struct LastSearch {
  /// All rounds were used, and it was for the record only; otherwise it found no block to add.
  bool all_rounds = false;
  double price = 0.0;
  Estimate estimate{0.0};
};

/// The records of a schedule at the end; those that are not empty go to result.json.
struct ScheduleRecords {
  std::optional<std::vector<ProgramResult>> path = {};  ///< one for each program of a path or of growing rho
  std::vector<ConstraintStatus> constraints = {};       ///< hard constraints: one for each of them
  std::optional<std::vector<BlockRecord>> sampling_curve = {};
  std::optional<std::vector<RoundRecord>> pricing = {};
  std::optional<LastSearch> last_search = {};
  std::optional<AllBlocksRecord> all_blocks = {};
};

/// Decides which programs a run solves, one after another, each from the last one's weights. A function of
/// the configuration and of the results so far; the same on every rank.
class ProgramSchedule {
 public:
  virtual ~ProgramSchedule() = default;

  /// Parameters of the current program (after the last one, of the last one), beta in network.beta_units.
  const ProgramParameters& parameters() const { return parameters_; }
  /// Absolute beta of every program if the schedule has fixed it; otherwise none, and parameters() applies.
  virtual std::optional<double> absolute_beta() const { return std::nullopt; }
  bool done() const { return done_; }
  /// Whether there may be more than one program.
  virtual bool several() const = 0;
  /// How many programs there will be; a lower bound if results decide that.
  virtual std::int64_t planned() const = 0;
  virtual std::int64_t solved() const = 0;
  /// Number of the current program, from 1; after the last program, its number.
  std::int64_t number() const { return solved() + (done_ ? 0 : 1); }
  /// "program 2 of 4", or "program 2" if the total is not known.
  virtual std::string title() const = 0;
  /// The smallest lambda of the run: a block that is dead for it is dead in every program.
  virtual double smallest_lambda() const { return parameters_.lambda; }
  /// Status of hard constraints after the last result; open without hard constraints.
  virtual ConstraintStatus constraint_status() const { return ConstraintStatus::open; }

  /// Takes the result of the current program. Returns what the next one changes, or nothing after the last
  /// program.
  virtual std::optional<ProgramChange> next(const ProgramResult& result) = 0;
  /// Takes the result of the search after a change of kind priced_blocks. False if it leads to no further
  /// program.
  virtual bool take(const BlockSearchResult&) { return false; }
  virtual void take(const AllBlocksRecord&) {}
  /// Continues the last program because its epochs were raised, and drops its record.
  virtual void reopen() = 0;

  /// Text about the last result, in addition to that of all programs; may be empty.
  virtual std::string summary() const { return ""; }
  virtual ScheduleRecords records() const = 0;
  /// The state on which next() depends, as checkpoints store it; numbers keep every bit.
  virtual std::string state() const = 0;
  /// Restores state(). Throws Error (exit 3) if the text was not written by a schedule of this configuration.
  virtual void restore(const std::string& state) = 0;

 protected:
  ProgramParameters parameters_;
  bool done_ = false;
};

/// The schedule of a configuration: pricing and doublings of blocks (problem/column_generation.hpp), or the
/// values of a path and increasing rho (problem/continuation.hpp), which may be a single program.
std::unique_ptr<ProgramSchedule> make_schedule(const Config& config);

/// The same, restored from a checkpoint: `programs` and `rounds` are the texts that it stores, which are
/// empty if the run had no evaluation yet.
std::unique_ptr<ProgramSchedule> restored_schedule(const Config& config, const std::string& programs,
                                                   const std::string& rounds);

/// lambda, beta (in network.beta_units) and rho of a configuration's first program; rho = 0 without
/// constraints.
ProgramParameters configured_parameters(const NetworkOptions& network);

/// Whether a lower bound for `before` is also one for `after`: J increases with beta and rho.
bool bound_holds(const ProgramParameters& before, const ProgramParameters& after);

}  // namespace zerogap
