// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace zerogap {

/// Cores that this process may use, at least 1: those of its affinity mask (mpirun and Slurm bind ranks), or
/// the CPU quota of its control group, rounded down, if that is less.
int usable_cores();

/// The CPU quota, in cores, that control groups (v2 and v1, all ancestors) set for the process whose
/// /proc/PID/cgroup is `membership`; none if unlimited or unreadable.
std::optional<double> cpu_quota(const std::filesystem::path& membership = "/proc/self/cgroup",
                                const std::filesystem::path& mount = "/sys/fs/cgroup");

/// This machine's name, for messages.
std::string host_name();

/// The local time, "2026-03-05T12:00:00+0000".
std::string time_now();

/// The state of a process, from /proc/PID/stat.
struct ProcessState {
  char state = '?';      ///< 'R', 'S', 'Z', ...
  long long start = -1;  ///< ticks since the machine started; -1 if there is no such process, or it is hidden
};
/// Returns the state of a process on this host.
ProcessState process_state(long pid);

/// Seconds since this process began, to a hundredth; negative if /proc does not report it.
double process_age();

/// Resident memory of this process in bytes; 0 if Linux does not report it.
std::size_t resident_bytes();
/// The peak of resident_bytes() so far.
std::size_t peak_resident_bytes();

}  // namespace zerogap
