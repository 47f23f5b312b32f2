// SPDX-License-Identifier: Apache-2.0
// failing_rank KIND RANK: the ranks of this program wait for each other in a collective call, but RANK fails
// first. KIND: error, memory, unknown, all (every rank fails alike), none.

#include <chrono>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>

#include "cli/program.hpp"
#include "comm/grid.hpp"

namespace {

using zerogap::Communicator;
using zerogap::ExitCode;

void fail(const std::string& kind) {
  if (kind == "error") throw zerogap::data_error("the box is empty", "nobody filled it", "fill it");
  if (kind == "memory") throw std::bad_alloc();
  if (kind == "unknown") throw std::runtime_error("a library said so");
  if (kind == "all") throw zerogap::runtime_failure("the numbers are wrong", "all ranks agree", "use others");
}

ExitCode body(Communicator& world, const std::string& kind, int failing) {
  zerogap::ProcessGrid grid(world, {world.size(), 1});
  for (int round = 0; round < 3; ++round) {
    grid.patch_axis().sum(std::int64_t{1});
    if (round == 1 && (kind == "all" || world.rank() == failing)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      fail(kind);
    }
  }
  world.barrier();
  return ExitCode::done;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string kind = argv[1];
  const int failing = std::stoi(argv[2]);
  return zerogap::run_guarded(argc, argv, [&](Communicator& world) { return body(world, kind, failing); });
}
