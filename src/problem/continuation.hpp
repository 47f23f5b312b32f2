// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "problem/program_schedule.hpp"

namespace zerogap {

/// The programs for the values of a path and, with hard constraints, for increasing hinge weights rho at each
/// value. One program if neither is configured.
///
/// Hard constraints (theory.md, section 4): with the inequalities instead of the hinge the optimum is at
/// least min J for every rho, because each feasible point has hinge 0. So every lower bound of min J is also
/// one of this optimum, and the repaired point's fit + group is an upper bound. The multipliers of the
/// inequalities are bounded, since g_j is strictly feasible; once rho reaches that bound the two optima are
/// equal.
class Continuation final : public ProgramSchedule {
 public:
  explicit Continuation(const Config& config);

  bool several() const override { return hard_ || path_.parameter != ContinuationParameter::none; }
  std::int64_t planned() const override;
  std::int64_t solved() const override { return static_cast<std::int64_t>(records_.size()); }
  std::string title() const override;
  double smallest_lambda() const override;
  ConstraintStatus constraint_status() const override { return status_; }
  /// The most programs planned, with hard constraints and before anything is solved.
  std::int64_t most_planned() const;

  std::optional<ProgramChange> next(const ProgramResult& result) override;
  void reopen() override;
  ScheduleRecords records() const override;
  std::string state() const override;               // problem/schedule_json.cpp
  void restore(const std::string& state) override;  // problem/schedule_json.cpp

 private:
  std::int64_t values() const;
  void set_value(std::int64_t index);
  ConstraintStatus judge(const ProgramResult& result) const;

  ProgramParameters start_;
  ContinuationOptions path_;
  HardOptions options_;
  bool hard_;
  double wanted_gap_;
  std::int64_t index_ = 0;  ///< index of the path's value
  ConstraintStatus status_ = ConstraintStatus::open;
  double last_gap_ = 0.0;   ///< of the previous program with the same value; 0 if there is none
  std::int64_t steps_ = 0;  ///< steps of the run when the program began
  double seconds_ = 0.0;    ///< seconds of the run when the program began
  std::vector<ProgramResult> records_;
  std::vector<ConstraintStatus> statuses_;  ///< hard constraints: one for each record
};

}  // namespace zerogap
