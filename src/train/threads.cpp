#include "train/threads.hpp"

#include <algorithm>
#include <string>
#include <thread>

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/processor.hpp"

namespace zerogap {
namespace {

constexpr std::int64_t most_threads = 1024;

}  // namespace

int threads_for(std::int64_t wanted, Communicator& world) {
  const auto hosts = world.gather(host_name());
  const auto neighbours = std::count(hosts.begin(), hosts.end(), host_name());
  const int cores = usable_cores();
  const int machine = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  // Bound ranks see their own cores only; unbound ones all see the same and share them.
  const int fair = std::max(1, std::min(cores, machine / static_cast<int>(neighbours)));
  if (wanted == 0) return fair;
  if (wanted > most_threads)
    throw usage_error("run.threads is " + std::to_string(wanted),
                      "a rank may have " + std::to_string(most_threads) + " at most",
                      "set it to 0 for the cores that this rank may use");
  if (wanted > fair)
    log::warn(
        "run.threads is {}, but this rank has {} of {} cores; with mpirun, --bind-to none or --map-by "
        "slot:PE={} gives it more",
        wanted, fair, machine, wanted);
  return static_cast<int>(wanted);
}

}  // namespace zerogap
