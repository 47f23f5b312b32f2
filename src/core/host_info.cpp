// SPDX-License-Identifier: Apache-2.0
#include "core/host_info.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <ctime>
#include <fstream>
#include <sstream>
#include <thread>

namespace zerogap {
namespace {

std::optional<double> lesser(std::optional<double> a, std::optional<double> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

std::string first_line(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

/// v2: "max 100000" or "150000 100000", in microseconds.
std::optional<double> quota_v2(const std::filesystem::path& group) {
  std::istringstream words(first_line(group / "cpu.max"));
  double quota = 0.0;
  double period = 0.0;
  if (!(words >> quota >> period) || quota <= 0.0 || period <= 0.0) return std::nullopt;
  return quota / period;
}

/// v1: a quota of -1 means unlimited.
std::optional<double> quota_v1(const std::filesystem::path& group) {
  std::istringstream words(first_line(group / "cpu.cfs_quota_us") + " " +
                           first_line(group / "cpu.cfs_period_us"));
  double quota = 0.0;
  double period = 0.0;
  if (!(words >> quota >> period) || quota <= 0.0 || period <= 0.0) return std::nullopt;
  return quota / period;
}

/// The least quota of a group and its ancestors. In a container /proc names a group that the mount does not
/// show; the mount's root is then the container's own group.
template <class Quota>
std::optional<double> least_quota(const std::filesystem::path& mount, const std::string& group, Quota quota) {
  std::optional<double> least = quota(mount);
  std::filesystem::path folder = mount;
  for (const auto& name : std::filesystem::path(group).relative_path()) {
    folder /= name;
    least = lesser(least, quota(folder));
  }
  return least;
}

bool names_cpu(const std::string& controllers) {
  std::istringstream list(controllers);
  for (std::string name; std::getline(list, name, ',');)
    if (name == "cpu") return true;
  return false;
}

int allowed_cores() {
  // Masks of machines with more than 1,024 processors do not fit into one cpu_set_t.
  std::array<cpu_set_t, 16> mask{};
  if (::sched_getaffinity(0, sizeof(mask), mask.data()) == 0) return CPU_COUNT_S(sizeof(mask), mask.data());
  return static_cast<int>(std::thread::hardware_concurrency());
}

/// A line like "VmRSS:     1234 kB" of /proc/self/status, in bytes.
std::size_t status_bytes(const std::string& key) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key)) continue;
    std::istringstream rest(line.substr(key.size()));
    std::size_t kib = 0;
    return rest >> kib ? kib * 1024 : 0;
  }
  return 0;
}

}  // namespace

std::optional<double> cpu_quota(const std::filesystem::path& membership, const std::filesystem::path& mount) {
  std::ifstream in(membership);
  std::optional<double> least;
  // "ID:CONTROLLERS:GROUP"; v2 has no controllers.
  for (std::string line; std::getline(in, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (controllers.empty()) least = lesser(least, least_quota(mount, group, quota_v2));
    if (names_cpu(controllers)) {
      least = lesser(least, least_quota(mount / controllers, group, quota_v1));
      if (controllers != "cpu") least = lesser(least, least_quota(mount / "cpu", group, quota_v1));
    }
  }
  return least;
}

int usable_cores() {
  int cores = allowed_cores();
  if (const auto quota = cpu_quota()) cores = std::min(cores, static_cast<int>(std::min(*quota, 1e6)));
  return std::max(cores, 1);
}

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "unknown";
  return name.data();
}

std::string time_now() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S%z", &local)};
}

ProcessState process_state(long pid) {
  const std::string line = first_line("/proc/" + std::to_string(pid) + "/stat");
  // The command's name, in parentheses, may hold anything.
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream words(line.substr(name_end + 1));
  ProcessState result;
  std::string word;
  words >> result.state;
  for (int field = 4; field < 22; ++field) words >> word;
  if (!(words >> result.start)) result.start = -1;
  return result;
}

double process_age() {
  const long long start = process_state(::getpid()).start;
  std::istringstream uptime(first_line("/proc/uptime"));
  double seconds = 0.0;
  if (start < 0 || !(uptime >> seconds)) return -1.0;
  return seconds - static_cast<double>(start) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::size_t resident_bytes() { return status_bytes("VmRSS:"); }

std::size_t peak_resident_bytes() {
  if (const std::size_t bytes = status_bytes("VmHWM:"); bytes > 0) return bytes;
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

}  // namespace zerogap
