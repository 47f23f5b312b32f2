// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

namespace zerogap {

/// What the process exits with; the numbers are part of the command-line contract.
enum class ExitCode : int {
  done = 0,
  usage = 2,     ///< configuration or command line
  data = 3,      ///< input data, a checkpoint or another file
  runtime = 4,   ///< MPI, CUDA, NCCL, or numbers that diverged
  stopped = 75,  ///< stopped on request with a checkpoint written (EX_TEMPFAIL)
};

/// The exception that zerogap throws. Its text follows one grammar: what (why); what to do. main() adds
/// [rank, host], prints it once and turns the code into the exit status.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& what, const std::string& why, const std::string& todo)
      : std::runtime_error(what + (why.empty() ? "" : " (" + why + ")") + (todo.empty() ? "" : "; " + todo)),
        code_(code) {}

  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// The computation diverged: numbers are not finite or too large to be meaningful. All ranks throw it.
class Diverged : public Error {
 public:
  explicit Diverged(const std::string& what, const std::string& why = "", const std::string& todo = "")
      : Error(ExitCode::runtime, what, why, todo) {}
};

/// Exit 2: the configuration or the command line is wrong.
inline Error usage_error(const std::string& what, const std::string& why, const std::string& todo) {
  return {ExitCode::usage, what, why, todo};
}
/// Exit 3: a file or its content is wrong.
inline Error data_error(const std::string& what, const std::string& why, const std::string& todo) {
  return {ExitCode::data, what, why, todo};
}
/// Exit 4: something failed while running, or numbers diverged.
inline Error runtime_failure(const std::string& what, const std::string& why, const std::string& todo) {
  return {ExitCode::runtime, what, why, todo};
}

}  // namespace zerogap
