// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "problem/program_schedule.hpp"

namespace zerogap {

/// The programs for the values of a path and, where constraints are hard, for each of them growing hinge
/// weights rho. Without either, one program.
///
/// Hard constraints (theory.md, section 4): with the inequalities in place of the hinge the optimum is at
/// least min J for every rho, because each feasible point has hinge 0. So every bound on J is one on it, and
/// the repaired point's fit + group is an upper bound. Multipliers of the inequalities are bounded, g_j being
/// strictly feasible; from that rho on the two optima are the same.
class Continuation final : public ProgramSchedule {
 public:
  explicit Continuation(const Config& config);

  bool several() const override { return hard_ || path_.parameter != ContinuationParameter::none; }
  std::int64_t planned() const override;
  std::int64_t solved() const override { return static_cast<std::int64_t>(records_.size()); }
  std::string title() const override;
  double smallest_lambda() const override;
  ConstraintStatus constraint_status() const override { return status_; }
  /// At most, where constraints are hard and nothing is solved yet.
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
  std::int64_t index_ = 0;  ///< of the path's value
  ConstraintStatus status_ = ConstraintStatus::open;
  double last_gap_ = 0.0;   ///< of the program before with the same value; 0: none
  std::int64_t steps_ = 0;  ///< of the run when the program began
  double seconds_ = 0.0;    ///< the same
  std::vector<ProgramResult> records_;
  std::vector<ConstraintStatus> statuses_;  ///< hard: one a record
};

}  // namespace zerogap
