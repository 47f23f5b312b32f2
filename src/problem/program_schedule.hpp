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
  rounding,      ///< nothing more to gain: smaller than what rounding moves
  conditioning,  ///< the same, and conjugate gradients used all their products up on the way
};
/// As result.json has it.
const char* name_of(TerminationReason reason);

/// Where hard constraints stand after the last program that was solved.
enum class ConstraintStatus {
  open,         ///< rho has to grow
  met,          ///< violation and gap are as small as asked for
  rounding,     ///< the violation is, and the gap as small as rounding allows
  unreachable,  ///< rho would exceed network.hard.rho_max
};
/// As result.json has it.
const char* name_of(ConstraintStatus status);

/// What the solution of a program came to, from the evaluation at its end.
struct ProgramResult {
  TerminationReason end = TerminationReason::running;
  ProgramParameters parameters = {};                   ///< beta absolute
  std::int64_t blocks = 0;                             ///< P
  double objective = 0.0;                              ///< J
  Certificate lower_bound = Certificate::proved(0.0);  ///< the best on the program
  double gap = 0.0;                                    ///< hard constraints: of their program
  double max_violation = 0.0;
  double feasible_objective = 0.0;  ///< fit + group of the repaired point
  double relative_violation = 0.0;  ///< hard constraints only
  std::int64_t steps = 0;           ///< of the solver; of the run so far, and in a record of this program
  double seconds = 0.0;             ///< the same
};

/// How the next program of a run differs from the one that was solved.
struct ProgramChange {
  enum class Kind {
    parameters,      ///< the same blocks with `parameters`
    sampled_blocks,  ///< the first `blocks` of the random sequence; those that are present keep their weights
    priced_blocks,   ///< blocks that a search for prices finds, in round `round`
  };
  Kind kind = Kind::parameters;
  ProgramParameters parameters = {};  ///< beta in network.beta_units
  std::int64_t blocks = 0;
  std::int64_t round = 0;  ///< from 1
};

/// What a search for blocks at a solution found.
struct BlockSearchResult {
  std::int64_t added = 0, dropped = 0;
  double price = 0.0;      ///< the best found, as a multiple of 2 beta
  Estimate estimate{0.0};  ///< of how low the optimum over all blocks can be
};

/// A certificate over all blocks, not only the sampled ones.
struct AllBlocksRecord {
  double max_block_norm = 0.0;       ///< none exceeds it
  double attained_block_norm = 0.0;  ///< one has it
  Certificate lower_bound = Certificate::proved(0.0);
  double gap = 0.0;
};

/// A program that was solved between two changes of the blocks.
struct BlockRecord {
  std::int64_t blocks = 0;  ///< P
  double objective = 0.0;
  Certificate lower_bound = Certificate::proved(0.0);
  double gap = 0.0;
  std::int64_t steps = 0;  ///< of this program
  double seconds = 0.0;    ///< the same
};
/// The same in a round of pricing; round 0 is the program before the first.
struct RoundRecord {
  std::int64_t round = 0;
  BlockSearchResult change = {};  ///< what led to it; of round 0 nothing
  BlockRecord solution = {};
  double fall = 0.0;  ///< of the objective, since the round before
};
/// The last search, after which no program came.
struct LastSearch {
  bool all_rounds = false;  ///< it was for the record alone; otherwise it found nothing worth adding
  double price = 0.0;
  Estimate estimate{0.0};
};

/// All that a schedule has to tell in the end; result.json has what is not empty.
struct ScheduleRecords {
  std::optional<std::vector<ProgramResult>> path = {};  ///< one for each program of a path or of growing rho
  std::vector<ConstraintStatus> constraints = {};       ///< hard: one for each of them
  std::optional<std::vector<BlockRecord>> sampling_curve = {};
  std::optional<std::vector<RoundRecord>> pricing = {};
  std::optional<LastSearch> last_search = {};
  std::optional<AllBlocksRecord> all_blocks = {};
};

/// Decides which programs a run solves, one after the other, each from the last one's weights. A function of
/// the configuration and of the results so far; the same on every rank.
class ProgramSchedule {
 public:
  virtual ~ProgramSchedule() = default;

  /// Of the current program, beta in network.beta_units; after the last, those of the last.
  const ProgramParameters& parameters() const { return parameters_; }
  /// Absolute beta of every program, where the schedule has fixed it; none: parameters() says it.
  virtual std::optional<double> absolute_beta() const { return std::nullopt; }
  bool done() const { return done_; }
  /// Whether there may be more than one program.
  virtual bool several() const = 0;
  /// How many there will be; where results decide that, at least.
  virtual std::int64_t planned() const = 0;
  virtual std::int64_t solved() const = 0;
  /// Of the current program, from 1; after the last, that of the last.
  std::int64_t number() const { return solved() + (done_ ? 0 : 1); }
  /// "program 2 of 4", or "program 2" where their number is open.
  virtual std::string title() const = 0;
  /// A block that is dead for this lambda is dead in every program of the run.
  virtual double smallest_lambda() const { return parameters_.lambda; }
  /// Of hard constraints, after the last result; open where there are none.
  virtual ConstraintStatus constraint_status() const { return ConstraintStatus::open; }

  /// Takes the result of the current program. What the next one changes; nothing: it was the last.
  virtual std::optional<ProgramChange> next(const ProgramResult& result) = 0;
  /// After a change of kind priced_blocks: takes what the search found. False: it leads to no program, and
  /// the last one is solved.
  virtual bool take(const BlockSearchResult&) { return false; }
  virtual void take(const AllBlocksRecord&) {}
  /// Goes on with the last program after all, because its epochs were raised: its record is dropped.
  virtual void reopen() = 0;

  /// What to say of the last result, beside what all programs say; empty: nothing.
  virtual std::string summary() const { return ""; }
  virtual ScheduleRecords records() const = 0;
  /// All that next() depends on, as a checkpoint keeps it; numbers keep every bit.
  virtual std::string state() const = 0;
  /// Throws Error (exit 3) for what no schedule of this configuration wrote.
  virtual void restore(const std::string& state) = 0;

 protected:
  ProgramParameters parameters_;
  bool done_ = false;
};

/// The schedule that a configuration asks for: pricing and doublings of blocks
/// (problem/column_generation.hpp), or the values of a path and growing rho (problem/continuation.hpp), which
/// may be one program alone.
std::unique_ptr<ProgramSchedule> make_schedule(const Config& config);

/// The same, where a checkpoint says it is: `programs` and `rounds` are the texts that it keeps. Empty ones
/// are those of a run that had no evaluation yet.
std::unique_ptr<ProgramSchedule> restored_schedule(const Config& config, const std::string& programs,
                                                   const std::string& rounds);

/// lambda, beta (in network.beta_units) and rho of a configuration's first program; rho = 0 without
/// constraints.
ProgramParameters configured_parameters(const NetworkOptions& network);

/// Whether a lower bound for `before` is one for `after`: J grows with beta and rho.
bool bound_holds(const ProgramParameters& before, const ProgramParameters& after);

}  // namespace zerogap
