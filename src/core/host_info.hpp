// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace zerogap {

/// Cores that this process may keep busy, at least 1: its affinity mask (mpirun and Slurm bind ranks), or the
/// CPU quota of its control group, rounded down, where that is less.
int usable_cores();

/// Cores' worth of time a second that control groups (v2 and v1, all ancestors) leave to the process whose
/// /proc/PID/cgroup is `membership`; none if unlimited or unreadable.
std::optional<double> cpu_quota(const std::filesystem::path& membership = "/proc/self/cgroup",
                                const std::filesystem::path& mount = "/sys/fs/cgroup");

/// This machine's name, for messages.
std::string host_name();

/// The local time, "2026-03-05T12:00:00+0000".
std::string time_now();

/// What /proc/PID/stat says of a process.
struct ProcessState {
  char state = '?';  ///< 'R', 'S', 'Z', ...
  long long start =
      -1;  ///< ticks since the machine started; -1 where there is no such process, or it is hidden
};
/// Of this host's process.
ProcessState process_state(long pid);

/// Seconds since this process began, to a hundredth; negative where /proc does not say.
double process_age();

/// Memory of this process that is in RAM, now and at its highest, in bytes; 0 where Linux does not tell.
std::size_t resident_bytes();
/// The highest so far.
std::size_t peak_resident_bytes();

}  // namespace zerogap
