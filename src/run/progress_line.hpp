// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

namespace zerogap {

/// The contents of a progress line. NaN values are not known yet and left out.
struct ProgressState {
  std::string network;  ///< "primal" or "dual"
  std::int64_t epoch = 0;
  std::int64_t epochs = 0;
  double objective = std::numeric_limits<double>::quiet_NaN();
  double gap = std::numeric_limits<double>::quiet_NaN();  ///< certified, relative
  double pairs_per_second = std::numeric_limits<double>::quiet_NaN();
  double seconds_left = std::numeric_limits<double>::quiet_NaN();
};

/// "dual  epoch 12/50  objective 0.001234  gap 4.31%  1.25 Gpairs/s  3 min 12 s left"
std::string progress_text(const ProgressState& state);

/// Rank 0's display of a run's progress. On a terminal one line is rewritten in place; otherwise (a file, a
/// batch job) only evaluations are printed, one plain line each. Log lines and the progress line do not
/// overwrite each other.
///
/// ZEROGAP_TERMINAL=COLUMNS in the environment declares stderr a terminal with that many columns: under
/// mpirun stderr is a pipe, and only the script that starts mpirun knows of the terminal.
class Progress {
 public:
  explicit Progress(int descriptor = STDERR_FILENO);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  bool on_terminal() const { return on_terminal_; }
  /// Rewrites the line, at most 10 times a second; does nothing without a terminal. Cheap enough for every
  /// step.
  void update(const ProgressState& state);
  /// Writes an evaluation to log.txt, and without a terminal to the console as well.
  void line(const ProgressState& state);
  /// Clears the line on the terminal; the next update() shows it again.
  void clear();
  /// Leaves the last state on the terminal and starts a new line.
  void finish();

 private:
  void draw();
  int columns() const;

  int descriptor_;
  bool on_terminal_;
  int declared_columns_ = 0;
  bool visible_ = false;
  std::string text_;
  std::chrono::steady_clock::time_point last_draw_;
};

}  // namespace zerogap
