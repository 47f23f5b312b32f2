// SPDX-License-Identifier: Apache-2.0
#include "comm/nccl/watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <thread>

#include "core/error.hpp"

namespace zerogap::nccl {
namespace {

using Clock = std::chrono::steady_clock;

/// The longest that a destructor waits for NCCL.
constexpr double patience = 5.0;

const char* const look_for_the_rank = "see whether another rank ended, then continue with --resume";

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The pause between two checks: none at first, because most waits are short, then long enough to leave the
/// core to others.
class Pause {
 public:
  void operator()() {
    if (seconds_since(start_) < 1e-3)
      std::this_thread::yield();
    else
      std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  double seconds() const { return seconds_since(start_); }

 private:
  Clock::time_point start_ = Clock::now();
};

std::string where(const Group& group) {
  return fmt::format("on {}, rank {} of {}", group.axis, group.rank, group.size);
}

}  // namespace

void Watch::open(Group& group, const ncclUniqueId& id) {
  require_health();
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  config.blocking = 0;
  groups_.push_back(&group);
  try {
    finish(group, api_.init_rank(&group.handle, group.size, id, group.rank, &config),
           "ncclCommInitRankConfig");
  } catch (...) {
    std::erase(groups_, &group);
    throw;
  }
}

void Watch::close(Group& group) noexcept {
  std::erase(groups_, &group);
  if (group.handle == nullptr) return;
  if (!close_in_peace(group)) api_.abort(group.handle);
  group.handle = nullptr;
  std::erase_if(flights_, [&](const auto& flight) { return flight->group == &group; });
}

bool Watch::close_in_peace(Group& group) noexcept {
  if (std::uncaught_exceptions() > 0) return false;
  const auto under_way = [&](const auto& flight) {
    return flight->group == &group && !flight->queue->done();
  };
  try {
    for (Pause pause; std::any_of(flights_.begin(), flights_.end(), under_way); pause())
      if (pause.seconds() > patience) return false;
  } catch (const Error&) {
    return false;
  }
  ncclResult_t state = api_.finalize(group.handle);
  for (Pause pause; state == ncclInProgress && pause.seconds() < patience; pause())
    if (api_.async_error(group.handle, &state) != ncclSuccess) return false;
  if (state != ncclSuccess) return false;
  api_.destroy(group.handle);
  return true;
}

std::shared_ptr<Flight> Watch::start(Group& group, std::span<std::int64_t> resident) {
  require_health();
  collect_queues();
  auto flight = std::make_shared<Flight>();
  flight->group = &group;
  flight->number = ++group.sums;
  flight->before = take_queue();
  flight->before->follow();
  flight->queue = take_queue();
  flight->queue->follow();
  flights_.push_back(flight);
  finish(group,
         api_.all_reduce(resident.data(), resident.data(), resident.size(), ncclInt64, ncclSum, group.handle,
                         static_cast<cudaStream_t>(flight->queue->stream())),
         "ncclAllReduce");
  return flight;
}

void Watch::join(Flight& flight) {
  require_health();
  if (flight.joined) return;
  flight.queue->join();
  flight.joined = true;
}

bool Watch::done(Flight& flight) {
  require_health();
  check();
  return flight.joined || flight.queue->done();
}

void Watch::synchronize() {
  require_health();
  for (Pause pause; !memory_.done(); pause()) check();
  check();
}

void Watch::require_health() const {
  if (!failure_.empty()) throw runtime_failure("NCCL was aborted earlier", failure_, look_for_the_rank);
}

void Watch::check() {
  for (const Group* group : groups_) {
    ncclResult_t state = ncclSuccess;
    const ncclResult_t result = api_.async_error(group->handle, &state);
    if (result != ncclSuccess) fail(*group, "ncclCommGetAsyncError", result);
    if (state != ncclSuccess && state != ncclInProgress) fail(*group, "a sum by NCCL", state);
  }
  for (const auto& flight : flights_) read_status(*flight);
}

void Watch::read_status(Flight& flight) {
  if (flight.queue->done()) return;
  if (!flight.since) {
    if (flight.before->done()) flight.since = Clock::now();
    return;
  }
  if (const double waited = seconds_since(*flight.since); waited > timeout_)
    fail("ncclAllReduce did not end",
         fmt::format("sum {} {}, waited {:.3g} s for the other ranks", flight.number, where(*flight.group),
                     waited),
         "see whether another rank ended, or raise run.comm_timeout if one is slow; then continue with "
         "--resume");
}

void Watch::finish(Group& group, ncclResult_t result, const char* call) {
  for (Pause pause; result == ncclInProgress; pause()) {
    const ncclResult_t asked = api_.async_error(group.handle, &result);
    if (asked != ncclSuccess) fail(group, "ncclCommGetAsyncError", asked);
    if (result == ncclInProgress && pause.seconds() > timeout_)
      fail(std::string(call) + " did not end",
           fmt::format("{}, waited {:.3g} s for the other ranks", where(group), pause.seconds()),
           look_for_the_rank);
  }
  if (result != ncclSuccess) fail(group, call, result);
}

std::unique_ptr<Queue> Watch::take_queue() {
  if (idle_.empty()) {
    auto queue = memory_.make_queue();
    if (queue == nullptr)
      throw runtime_failure("cannot start a sum on the device", "its memory has no second queue",
                            "use --set run.comm=mpi");
    return queue;
  }
  auto queue = std::move(idle_.back());
  idle_.pop_back();
  return queue;
}

/// A queue is free once its sum is done and was joined: a later join must not find another sum.
void Watch::collect_queues() {
  std::erase_if(flights_, [&](const auto& flight) {
    if (!flight->joined || !flight->queue->done()) return false;
    idle_.push_back(std::move(flight->before));
    idle_.push_back(std::move(flight->queue));
    return true;
  });
}

void Watch::fail(const Group& group, const char* call, ncclResult_t result) {
  const char* detail = api_.last_error(group.handle);
  const bool says = detail != nullptr && *detail != '\0';
  fail(std::string(call) + " failed",
       fmt::format("{}{}{}, {}", api_.error_string(result), says ? ": " : "", says ? detail : "",
                   where(group)),
       look_for_the_rank);
}

void Watch::fail(const std::string& what, const std::string& why, const std::string& todo) {
  failure_ = what + ", " + why;
  for (Group* group : groups_) {
    if (group->handle != nullptr) api_.abort(group->handle);
    group->handle = nullptr;
  }
  throw runtime_failure(what, why, todo);
}

}  // namespace zerogap::nccl
