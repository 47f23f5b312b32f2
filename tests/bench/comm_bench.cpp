// SPDX-License-Identifier: Apache-2.0
// What a step's communication costs on these ranks: messages to and fro between two of them (the latency and
// the bandwidth that a model needs), and the sums of 64-bit integers that steps make. Rank 0 prints JSON;
// times are seconds, the slowest rank's.
//
//   launch/mpirun -n 2 zerogap_comm_bench [SECONDS a size]

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "comm/mpi.hpp"

namespace zerogap::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// The median over repetitions of the slowest rank's time of one call.
double median_seconds(Communicator& world, double seconds, const std::function<void()>& call) {
  std::vector<double> times;
  call();
  for (double spent = 0.0; (spent < seconds || times.size() < 5) && times.size() < 2000;) {
    world.barrier();
    const auto start = Clock::now();
    call();
    times.push_back(world.max(std::chrono::duration<double>(Clock::now() - start).count()));
    spent += times.back();
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  return times[times.size() / 2];
}

/// One way between ranks 0 and 1: half of there and back, many times over so that a clock's tick is nothing.
double one_way(Communicator& world, double seconds, std::vector<std::int64_t>& values) {
  const MPI_Comm group = mpi_handle(world);
  const int count = static_cast<int>(values.size()), me = world.rank();
  const int turns = std::max(1, 2000 / std::max(1, count / 16));
  const double both = median_seconds(world, seconds, [&] {
    for (int turn = 0; turn < turns && me < 2; ++turn)
      for (const int sender : {0, 1})
        if (me == sender)
          check_mpi(MPI_Send(values.data(), count, MPI_INT64_T, 1 - me, 0, group), "MPI_Send");
        else
          check_mpi(MPI_Recv(values.data(), count, MPI_INT64_T, 1 - me, 0, group, MPI_STATUS_IGNORE),
                    "MPI_Recv");
  });
  return both / (2.0 * turns);
}

double one_sum(Communicator& world, double seconds, std::vector<std::int64_t>& values) {
  return median_seconds(world, seconds, [&] { world.sum(values); });
}

void run(Communicator& world, double seconds) {
  std::string text = "{\"ranks\": " + std::to_string(world.size());
  const auto list = [&](const char* name, const std::vector<std::size_t>& sizes, auto measure) {
    text += std::string(", \"") + name + "\": [";
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      std::vector<std::int64_t> values(sizes[i], 1);
      const double time = measure(world, seconds, values);
      text += (i > 0 ? ", " : "") + ("{\"bytes\": " + std::to_string(8 * sizes[i])) +
              ", \"seconds\": " + std::to_string(time * 1e6) + "e-6}";
    }
    text += "]";
  };
  const auto gradient = [](std::size_t blocks) { return 2 * blocks * 9; };
  list("messages", {1, 128, 1024, 8192, 65536, 524288}, one_way);
  list("sums", {1, gradient(64), gradient(512), gradient(8000), 47040, gradient(65536)}, one_sum);
  if (world.rank() == 0) std::printf("%s}\n", text.c_str());
}

}  // namespace
}  // namespace zerogap::bench

int main(int argc, char** argv) {
  try {
    const zerogap::MpiSession session(&argc, &argv);
    const auto world = session.world();
    if (world->size() < 2) {
      std::fprintf(stderr, "zerogap_comm_bench: needs two ranks or more; start it with launch/mpirun -n 2\n");
      return 2;
    }
    zerogap::bench::run(*world, argc > 1 ? std::atof(argv[1]) : 0.5);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "zerogap_comm_bench: %s\n", error.what());
    zerogap::MpiSession::abort(4);
  }
}
