#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

#include "config/config.hpp"

namespace zerogap {

/// What one program fixes beside data and blocks; beta in network.beta_units.
struct Terms {
  double lambda = 0.0, beta = 0.0, rho = 0.0;
  bool operator==(const Terms&) const = default;
};

/// Why the solution of a program came to its end.
enum class SolveEnd {
  running,
  gap,           ///< run.stop.gap is reached
  rounding,      ///< nothing more to gain: smaller than what rounding moves
  conditioning,  ///< the same, and conjugate gradients used all their products up on the way
};
/// As result.json has it.
const char* name_of(SolveEnd end);

/// What the solution of a program came to, from the evaluation at its end.
struct ProgramResult {
  SolveEnd end = SolveEnd::running;
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
enum class Hardness {
  open,         ///< rho has to grow
  met,          ///< violation and gap are as small as asked for
  rounding,     ///< the violation is, and the gap as small as rounding allows
  unreachable,  ///< rho would exceed network.hard.most
};
/// As result.json has it.
const char* name_of(Hardness hardness);

/// The programs that a run solves one after the other, each from the last one's weights: the values of a path
/// and, where constraints are hard, for each of them growing hinge weights rho. A function of the
/// configuration and of the results so far; the same on every rank.
///
/// Hard constraints (section 4): with the inequalities in place of the hinge the optimum is at least min J
/// for every rho (each feasible point has hinge 0), so every J's bound is one of theirs, and the repaired
/// point's fit + group is an upper bound. Multipliers of the inequalities are bounded, g_j being strictly
/// feasible; from that rho on the two optima are the same.
class Programs {
 public:
  explicit Programs(const Config& config);

  /// Of the program to be solved now; after the last: its.
  const Terms& terms() const { return terms_; }
  bool hard() const { return hard_; }
  /// Whether there may be more than one.
  bool several() const { return hard_ || path_.over != PathOver::none || blocks_change_; }
  /// The number of the program to be solved now, from 1; after the last: its.
  std::int64_t number() const { return solved() + (done_ ? 0 : 1); }
  std::int64_t solved() const { return static_cast<std::int64_t>(records_.size()); }
  /// How many there will be; with hard constraints or blocks that change at least.
  std::int64_t planned() const;
  /// At most, where constraints are hard and nothing is solved yet.
  std::int64_t most_planned() const;
  bool done() const { return done_; }
  /// A block that is dead for this lambda is so in every program of the run.
  double smallest_lambda() const;

  /// Takes the result of the program that was solved. True: there is a next one, and terms() are its.
  bool advance(const ProgramResult& result);
  /// After the last: goes on to one with the same terms on other blocks (train/column_generation.hpp).
  void go_on() { done_ = false; }
  /// Goes on with the last program after all: its record is dropped, done() is false.
  void reopen();
  /// Whether a lower bound for `before` is one for `after`: J grows with beta and rho.
  static bool bound_holds(const Terms& before, const Terms& after);
  /// Whether terms() are those of `before` with a larger rho, on the way to hard constraints: the feasible
  /// objective and the gap are then of the same program.
  bool differ_in_weight_only(const Terms& before) const {
    return hard_ && before.lambda == terms_.lambda && before.beta == terms_.beta && before.rho <= terms_.rho;
  }

  /// One JSON object a program that was solved (docs/formats.md).
  const nlohmann::ordered_json& records() const { return records_; }
  /// Of the last record; open where there is none.
  Hardness hardness() const { return hardness_; }
  /// "program 2 of 4", or "program 2" where their number is open.
  std::string title() const;

  /// Everything, as text for checkpoints; numbers keep every bit.
  std::string state() const;
  void restore(const std::string& state);

 private:
  std::int64_t values() const;
  void set_value(std::int64_t index);
  Hardness judge(const ProgramResult& result) const;
  nlohmann::ordered_json record(const ProgramResult& result) const;

  Terms start_, terms_;
  PathOptions path_;
  HardOptions options_;
  bool hard_, blocks_change_;
  double wanted_gap_;
  std::int64_t index_ = 0;  ///< of the path's value
  bool done_ = false;
  Hardness hardness_ = Hardness::open;
  double last_gap_ = 0.0;   ///< of the program before with the same value; 0: none
  std::int64_t steps_ = 0;  ///< of the run when the program began
  double seconds_ = 0.0;    ///< the same
  nlohmann::ordered_json records_ = nlohmann::ordered_json::array();
};

}  // namespace zerogap
