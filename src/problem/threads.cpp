// SPDX-License-Identifier: Apache-2.0
#include "problem/threads.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <thread>

#include "core/error.hpp"
#include "core/host_info.hpp"
#include "core/log.hpp"

namespace zerogap {
namespace {

constexpr std::int64_t most_threads = 1024;

/// The number at the beginning of an OpenMP variable: "4", " 4, 2" (nested regions); none without a number.
std::optional<int> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  text += std::strspn(text, " \t");
  int number = 0;
  const auto [end, error] = std::from_chars(text, text + std::strlen(text), number);
  const bool complete = std::strchr(", \t", *end) != nullptr;  // also the text's end
  if (error != std::errc() || !complete || number < 1) return std::nullopt;
  return number;
}

Threads at_most(Threads threads, const char* variable) {
  if (const auto most = number_in(variable); most && *most < threads.count) return {*most, variable};
  return threads;
}

std::string cores_text(int count) { return std::to_string(count) + (count == 1 ? " core" : " cores"); }

}  // namespace

Threads within_environment(Threads threads) {
  return at_most(at_most(std::move(threads), "OMP_NUM_THREADS"), "OMP_THREAD_LIMIT");
}

Threads threads_per_rank(std::int64_t wanted, Communicator& world) {
  const auto hosts = world.all_gather_text(host_name());
  const auto neighbours = std::count(hosts.begin(), hosts.end(), host_name());
  const int cores = usable_cores();
  const int machine = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  // Bound ranks see their own cores only; unbound ones all see the same and share them.
  const int fair = std::max(1, std::min(cores, machine / static_cast<int>(neighbours)));
  if (wanted == 0) {
    const std::string shared = fair < cores ? "its share of " + cores_text(machine)
                                            : "the " + cores_text(cores) + " that it may use";
    return within_environment({fair, shared});
  }
  if (wanted > most_threads)
    throw usage_error("run.threads is " + std::to_string(wanted),
                      "a rank may have " + std::to_string(most_threads) + " at most",
                      "set it to 0 for the cores that this rank may use");
  if (wanted > fair)
    log::warn(
        "run.threads is {}, but this rank has {} of {} cores; with mpirun, --bind-to none or --map-by "
        "slot:PE={} gives it more",
        wanted, fair, machine, wanted);
  Threads threads = at_most({static_cast<int>(wanted), "run.threads"}, "OMP_THREAD_LIMIT");
  if (threads.count < wanted)
    log::warn("run.threads is {}, but OMP_THREAD_LIMIT allows {}; raise or unset it", wanted, threads.count);
  return threads;
}

}  // namespace zerogap
