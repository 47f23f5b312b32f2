// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "problem/program_schedule.hpp"

namespace zerogap {

/// The programs of a run that changes its blocks (arrangements.pricing). If doublings are configured, first
/// the sampling curve: P, 2P, 4P, ... blocks of the same random sequence. Then, starting from P blocks again,
/// the rounds of pricing, each with the blocks that a search found at the last solution.
class ColumnGeneration final : public ProgramSchedule {
 public:
  explicit ColumnGeneration(const Config& config);

  std::optional<double> absolute_beta() const override;
  bool several() const override { return true; }
  std::int64_t planned() const override { return solved_ + (done_ ? 0 : 1); }
  std::int64_t solved() const override { return solved_; }
  std::string title() const override;

  std::optional<ProgramChange> next(const ProgramResult& result) override;
  bool take(const BlockSearchResult& found) override;
  void take(const AllBlocksRecord& proved) override { all_blocks_ = proved; }
  void reopen() override;
  std::string summary() const override { return summary_; }
  ScheduleRecords records() const override;
  std::string state() const override;               // problem/schedule_json.cpp
  void restore(const std::string& state) override;  // problem/schedule_json.cpp

 private:
  bool on_curve() const { return doubled_ <= doublings_ && round_ == 0 && !back_; }
  void record(const ProgramResult& result);
  std::optional<ProgramChange> change();
  std::string describe_last() const;

  std::int64_t rounds_, doublings_, first_;
  std::int64_t solved_ = 0;
  std::int64_t doubled_ = 0;  ///< doublings so far
  bool back_ = false;         ///< at the first P blocks again, after the curve
  std::int64_t round_ = 0;    ///< the last round of pricing that changed the blocks
  bool exhausted_ = false;    ///< the last search is done
  double beta_ = 0.0;         ///< absolute; 0 before the first program is solved
  double objective_ = 0.0;    ///< J of the last solved program
  BlockSearchResult change_;
  std::int64_t steps_ = 0;  ///< steps of the run when the program began
  double seconds_ = 0.0;    ///< seconds of the run when the program began
  std::vector<BlockRecord> curve_;
  std::vector<RoundRecord> priced_;
  std::optional<LastSearch> last_;
  std::optional<AllBlocksRecord> all_blocks_;
  std::string summary_;
};

}  // namespace zerogap
