// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace zerogap::test {

/// A folder of its own for a test, removed with everything in it when the test ends, however it ends.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// How a process ended and what it said.
struct Ended {
  int code =
      -1;  ///< its exit code; 128 + N when signal N ended it; -1: it was ended because it took too long
  std::string out, err;
  double seconds = 0.0;
};

/// A program that runs while the test continues. It is ended with the object if it is still running.
class Process {
 public:
  /// `environment`: NAME=VALUE, in addition to the test's own.
  explicit Process(const std::vector<std::string>& command, const std::vector<std::string>& environment = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool running();
  void signal(int number) const;
  /// Under mpirun: the process of that rank; -1 while there is none.
  pid_t rank(int number) const;
  std::string out() const;  ///< so far
  std::string err() const;
  /// Waits until it has ended, at most `patience`, which is that of an optimised build.
  Ended wait(std::chrono::seconds patience = std::chrono::seconds(60));

 private:
  void end();

  Folder folder_;
  pid_t pid_ = -1;
  std::optional<int> status_;
  std::chrono::steady_clock::time_point start_;
};

/// The command line that starts the program under test: alone for 0 ranks, otherwise under mpirun.
std::vector<std::string> command_line(const std::vector<std::string>& arguments, int ranks);
std::vector<std::string> command_line(const std::string& program, const std::vector<std::string>& arguments,
                                      int ranks);
/// Runs a command to its end: as a process (program/start.cpp), or as ranks of this job (commands/job.cpp),
/// which takes no environment.
Ended zerogap(const std::vector<std::string>& arguments, int ranks = 0,
              const std::vector<std::string>& environment = {});

/// Waits until `holds()`, at most `patience`, which is that of an optimised build: unoptimised ones are given
/// ZEROGAP_PATIENCE times as long. Whether it came to hold.
template <class Condition>
bool eventually(Condition holds, std::chrono::milliseconds patience = std::chrono::seconds(30));

void pause(std::chrono::milliseconds time);

template <class Condition>
bool eventually(Condition holds, std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + ZEROGAP_PATIENCE * patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    pause(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace zerogap::test
