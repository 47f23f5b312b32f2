#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

#include "config/config.hpp"
#include "model/program_parameters.hpp"

namespace zerogap {

/// Why the solution of a program came to its end.
enum class TerminationReason {
  running,
  gap,           ///< run.stop.gap is reached
  rounding,      ///< nothing more to gain: smaller than what rounding moves
  conditioning,  ///< the same, and conjugate gradients used all their products up on the way
};
/// As result.json has it.
const char* name_of(TerminationReason end);

/// What the solution of a program came to, from the evaluation at its end.
struct ProgramResult {
  TerminationReason end = TerminationReason::running;
  double lambda = 0.0, beta = 0.0, rho = 0.0;  ///< beta absolute
  double objective = 0.0;                      ///< J
  double lower_bound = 0.0;                    ///< the best on the program
  double gap = 0.0;                            ///< hard constraints: of their program
  double max_violation = 0.0;
  double feasible_objective = 0.0;  ///< fit + group of the repaired point
  double relative_violation = 0.0;  ///< hard constraints only
  std::int64_t steps = 0;           ///< of the run so far
  double seconds = 0.0;             ///< the same
};

/// What the constraints of the last program that was solved came to.
enum class ConstraintStatus {
  open,         ///< rho has to grow
  met,          ///< violation and gap are as small as asked for
  rounding,     ///< the violation is, and the gap as small as rounding allows
  unreachable,  ///< rho would exceed network.hard.most
};
/// As result.json has it.
const char* name_of(ConstraintStatus constraint_status);

/// The programs that a run solves one after the other, each from the last one's weights: the values of a path
/// and, where constraints are hard, for each of them growing hinge weights rho. A function of the
/// configuration and of the results so far; the same on every rank.
///
/// Hard constraints (section 4): with the inequalities in place of the hinge the optimum is at least min J
/// for every rho (each feasible point has hinge 0), so every J's bound is one of theirs, and the repaired
/// point's fit + group is an upper bound. Multipliers of the inequalities are bounded, g_j being strictly
/// feasible; from that rho on the two optima are the same.
class ProgramSequence {
 public:
  explicit ProgramSequence(const Config& config);

  /// Of the current program; after done(), those of the last one. beta in network.beta_units.
  const ProgramParameters& parameters() const { return parameters_; }
  bool hard() const { return hard_; }
  /// Whether there may be more than one.
  bool several() const { return hard_ || path_.over != PathOver::none || blocks_change_; }
  /// Number of the current program, from 1; after done(), that of the last one.
  std::int64_t number() const { return solved() + (done_ ? 0 : 1); }
  std::int64_t solved() const { return static_cast<std::int64_t>(records_.size()); }
  /// How many there will be; with hard constraints or blocks that change at least.
  std::int64_t planned() const;
  /// At most, where constraints are hard and nothing is solved yet.
  std::int64_t most_planned() const;
  bool done() const { return done_; }
  /// A block that is dead for this lambda is so in every program of the run.
  double smallest_lambda() const;

  /// Takes the result of the program that was solved. True: there is a next one, and parameters() are its.
  bool advance(const ProgramResult& result);
  /// After the last: goes on to one with the same terms on other blocks (train/column_generation.hpp).
  void go_on() { done_ = false; }
  /// Goes on with the last program after all: its record is dropped, done() is false.
  void reopen();
  /// Whether a lower bound for `before` is one for `after`: J grows with beta and rho.
  static bool bound_holds(const ProgramParameters& before, const ProgramParameters& after);
  /// Whether parameters() are those of `before` with a larger rho, on the way to hard constraints: the
  /// feasible objective and the gap are then of the same program.
  bool differ_in_weight_only(const ProgramParameters& before) const {
    return hard_ && before.lambda == parameters_.lambda && before.beta == parameters_.beta &&
           before.rho <= parameters_.rho;
  }

  /// One JSON object a program that was solved (docs/formats.md).
  const nlohmann::ordered_json& records() const { return records_; }
  /// Of the last record; open where there is none.
  ConstraintStatus constraint_status() const { return constraint_status_; }
  /// "program 2 of 4", or "program 2" where their number is open.
  std::string title() const;

  /// Everything, as text for checkpoints; numbers keep every bit.
  std::string state() const;
  void restore(const std::string& state);

 private:
  std::int64_t values() const;
  void set_value(std::int64_t index);
  ConstraintStatus judge(const ProgramResult& result) const;
  nlohmann::ordered_json record(const ProgramResult& result) const;

  ProgramParameters start_, parameters_;
  PathOptions path_;
  HardOptions options_;
  bool hard_, blocks_change_;
  double wanted_gap_;
  std::int64_t index_ = 0;  ///< of the path's value
  bool done_ = false;
  ConstraintStatus constraint_status_ = ConstraintStatus::open;
  double last_gap_ = 0.0;   ///< of the program before with the same value; 0: none
  std::int64_t steps_ = 0;  ///< of the run when the program began
  double seconds_ = 0.0;    ///< the same
  nlohmann::ordered_json records_ = nlohmann::ordered_json::array();
};

}  // namespace zerogap
