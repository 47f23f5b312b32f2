#include "sweep/cell_group.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <thread>

#include "core/out_of_memory.hpp"
#include "core/signals.hpp"
#include "objective/residual.hpp"

namespace zerogap {
namespace {

/// For the other ranks to fail as well where all do: they are at most a piece of a step apart.
constexpr double patience = 60.0;
constexpr std::chrono::milliseconds pause{5};

std::string coded(ExitCode code, const std::string& text) {
  return std::to_string(static_cast<int>(code)) + " " + text;
}

/// The code and text of a failure; a code of 0 for none.
std::pair<ExitCode, std::string> decoded(const std::string& text) {
  std::size_t digits = 0;
  const int code = std::stoi(text, &digits);
  return {static_cast<ExitCode>(code), text.substr(digits + 1)};
}

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

std::string CellGroup::from_leader(const std::function<std::string()>& make) {
  std::string text;
  if (leads()) {
    try {
      text = coded(ExitCode::done, make());
    } catch (const Error& error) {
      text = coded(error.code(), error.what());
    }
  }
  const auto [code, answer] = decoded(control_->broadcast(text, 0));
  if (code != ExitCode::done) throw Error(code, answer, "", "");
  return answer;
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
      static_cast<void>(ranks.release());  // giving it back would wait for the others
      throw Error(mine.code,
                  mine.message + " [the other ranks of the cell do not come out of it; its job ends]", "",
                  "");
    }
  }
  std::string said = coded(mine.code, (mine.diverged ? "d" : "f") + mine.message);
  Outcome all = mine;
  for (const auto& each : control_->gather(said)) {
    const auto [code, text] = decoded(each);
    if (text.size() > 1) return {code, text.substr(1), text[0] == 'd'};
    if (code != ExitCode::done) all.code = code;
  }
  return all;
}

void CellGroup::meet(Communicator& ranks, double patience_seconds) {
  static std::int64_t here;  // MPI may write into it after a rank has given up
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
