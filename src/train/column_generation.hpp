#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

#include "config/config.hpp"
#include "problem/program_sequence.hpp"

namespace zerogap {

/// What a round of pricing did to the blocks.
struct BlockChange {
  std::int64_t added = 0, dropped = 0;
  double price = 0.0;     ///< the best found at the program before, as a multiple of 2 beta
  double estimate = 0.0;  ///< of how low the optimum over every block can be (PricedBlocks)
};

/// The programs of a run that changes its blocks (arrangements.pricing): first P, 2P, 4P, ... blocks of the
/// same random sequence, the sampling curve, where doublings are asked for; then from P blocks again the
/// rounds of pricing. A function of the configuration and of the results so far; the same on every rank.
class ColumnGeneration {
 public:
  explicit ColumnGeneration(const Config& config);

  bool active() const { return rounds_ > 0 || doublings_ > 0; }
  /// What comes when the present program is solved.
  enum class Next { sampled, priced, end };
  Next next() const;
  /// How many blocks of the sequence the next program has; after Next::sampled.
  std::int64_t next_sampled() const;
  /// Of the next round of pricing, from 1; after the last round: one more.
  std::int64_t round() const { return round_ + 1; }
  /// Whether the search that comes next is one for the record alone, all rounds being done.
  bool rounds_are_done() const { return round_ == rounds_; }

  /// Takes the result of the program that was solved, on so many blocks.
  void solved(const ProgramResult& result, std::int64_t blocks);
  void took_sampled();
  void took_priced(const BlockChange& change);
  /// The search found nothing to add, or rounds are done: this is the end.
  void took_nothing(const BlockChange& last);
  /// Takes the certificate over every block (docs/formats.md) at the end.
  void every_block(nlohmann::ordered_json bound) { every_block_ = std::move(bound); }

  /// Absolute beta of every program, 0 before the first is solved: in units of beta_max it would change with
  /// the blocks.
  double beta() const { return beta_; }
  /// "sampling_curve", "pricing" and "every_block" of result.json, where there are any.
  nlohmann::ordered_json records() const;
  /// What to say of the last program that was solved.
  std::string summary() const;

  /// Everything, as text for checkpoints; numbers keep every bit.
  std::string state() const;
  void restore(const std::string& state);

 private:
  bool on_curve() const { return sample_ <= doublings_ && round_ == 0 && !again_; }

  std::int64_t rounds_, doublings_, first_;
  std::int64_t sample_ = 0;  ///< doublings so far
  bool again_ = false;       ///< P blocks after the curve
  std::int64_t round_ = 0;   ///< of pricing, the last that changed the blocks
  bool ended_ = false;
  double beta_ = 0.0, objective_ = 0.0;  ///< J of the last program that was solved
  BlockChange change_;
  std::int64_t steps_ = 0;
  double seconds_ = 0.0;
  nlohmann::ordered_json curve_ = nlohmann::ordered_json::array(), priced_ = nlohmann::ordered_json::array(),
                         last_, every_block_;
};

}  // namespace zerogap
