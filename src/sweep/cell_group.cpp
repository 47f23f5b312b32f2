// SPDX-License-Identifier: Apache-2.0
#include "sweep/cell_group.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <optional>
#include <thread>

#include "core/out_of_memory.hpp"
#include "core/signals.hpp"
#include "objective/residual.hpp"

namespace zerogap {
namespace {

/// Time for the other ranks to fail too if all do: they are at most part of a step apart.
constexpr double patience = 60.0;
constexpr std::chrono::milliseconds pause{5};

Outcome attempt(const std::function<ExitCode(Communicator&)>& work, Communicator& ranks) {
  try {
    return {work(ranks), "", false};
  } catch (const Diverged& error) {
    return {error.code(), error.what(), true};
  } catch (const Error& error) {
    return {error.code(), error.what(), false};
  } catch (const std::bad_alloc&) {
    return {ExitCode::runtime,
            std::string("out of memory (an allocation failed); raise sweep.ranks_per_cell, or ") +
                out_of_memory_advice,
            false};
  } catch (const std::exception& error) {
    return {ExitCode::runtime, std::string("unexpected failure (") + error.what() + ")", false};
  }
}

}  // namespace

CellGroup::CellGroup(Communicator& world, int size) {
  if (world.size() % size != 0)
    throw usage_error(std::to_string(world.size()) + " ranks do not make groups of " + std::to_string(size),
                      "sweep.ranks_per_cell is " + std::to_string(size),
                      "start a multiple of it, or set sweep.ranks_per_cell to a divisor");
  number_ = world.rank() / size;
  control_ = size == 1 ? make_serial() : world.split(number_, "the group's control");
}

bool CellGroup::stop_requested() {
  return control_->max(std::int64_t{zerogap::stop_requested() ? 1 : 0}) > 0;
}

Outcome CellGroup::run(const std::function<ExitCode(Communicator&)>& work) {
  if (control_->size() == 1) return attempt(work, *control_);
  Outcome mine;
  {
    auto ranks = control_->split(0, "the cell's ranks");
    mine = attempt(work, *ranks);
    const bool failed = !mine.message.empty();
    try {
      meet(*control_, failed ? patience : 0.0);
    } catch (const Error&) {
      static_cast<void>(ranks.release());  // releasing it would wait for the others
      throw Error(mine.code,
                  mine.message + " [the other ranks of the cell do not come out of it; its job ends]", "",
                  "");
    }
  }
  std::optional<RankFailure> failure;
  if (!mine.message.empty())
    failure = {.code = mine.code, .message = mine.message, .diverged = mine.diverged};
  if (const auto failures = gather_failures(*control_, failure); !failures.empty())
    return {failures.front().code, failures.front().message, failures.front().diverged};
  // A stop request on one rank stops all.
  mine.code = static_cast<ExitCode>(control_->max(static_cast<std::int64_t>(mine.code)));
  return mine;
}

void CellGroup::meet(Communicator& ranks, double patience_seconds) {
  static std::int64_t here;  // static, because MPI may write into it after a rank has given up
  here = 1;
  Memory& memory = host_memory();
  const auto arriving = ranks.start_sum(memory, std::span(&here, 1));
  const auto start = std::chrono::steady_clock::now();
  while (!arriving->done()) {
    std::this_thread::sleep_for(pause);
    const double waited = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (patience_seconds > 0.0 && waited > patience_seconds)
      throw runtime_failure("a rank does not arrive", "waited for a minute", "");
  }
  arriving->wait();
}

}  // namespace zerogap
