// SPDX-License-Identifier: Apache-2.0
#include "comm/overlap.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>

namespace zerogap {
namespace {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

constexpr std::int64_t most_chunks = 8;
constexpr std::size_t mebibyte = std::size_t{1} << 20;

double seconds(Time from, Time to) { return std::chrono::duration<double>(to - from).count(); }

/// The sums of one chunk and the times at which they ran.
struct Flight {
  std::vector<std::unique_ptr<Request>> sums;
  Queue* work = nullptr;  ///< done when the chunk's work is; null if it was done when the sums were started
  std::optional<Time> from, to;

  /// Records what is complete by now, and lets mpi make progress.
  void poll() {
    if (to) return;
    if (!from && (work == nullptr || work->done())) from = Clock::now();
    bool over = true;
    for (const auto& sum : sums) over = sum->done() && over;
    if (over && from) to = Clock::now();
  }
  void wait() {
    for (const auto& sum : sums) sum->wait();
  }
};

/// Adds the time during which at least one sum was in flight, and the part of it after all work.
void add(OverlapTimes& times, const std::vector<Flight>& flights) {
  const Time work_over = *flights.back().from;
  Time counted = Time::min();
  for (const Flight& flight : flights) {
    const Time from = std::max(*flight.from, counted), to = std::max(*flight.to, from);
    times.in_flight += seconds(from, to);
    times.waiting += seconds(std::max(from, work_over), std::max(to, work_over));
    counted = to;
  }
}

/// Returns when the device has done all work and all sums.
void watch(std::vector<Flight>& flights) {
  for (bool over = false; !over; std::this_thread::yield()) {
    over = true;
    for (Flight& flight : flights) {
      flight.poll();
      over = over && flight.to.has_value();
    }
  }
}

}  // namespace

std::vector<Range> cut_tiles(std::int64_t count, std::int64_t tile, std::int64_t chunks) {
  const std::int64_t tiles = (count + tile - 1) / tile;
  const auto parts = static_cast<int>(std::min(std::max<std::int64_t>(chunks, 1), tiles));
  std::vector<Range> ranges;
  for (int part = 0; part < parts; ++part) {
    const Range some = share_of(tiles, parts, part);
    ranges.push_back({some.first * tile, std::min(count, some.last * tile)});
  }
  return ranges;
}

std::int64_t chunks_for(std::size_t bytes) {
  return std::min(most_chunks, static_cast<std::int64_t>(bytes / mebibyte) + 1);
}

void OverlappedSums::run(std::int64_t count, std::int64_t tile,
                         std::span<const std::span<std::int64_t>> arrays,
                         const std::function<void(Range)>& work) {
  std::size_t bytes = 0;
  for (const auto& array : arrays) bytes += array.size_bytes();
  const std::int64_t chosen = group_.size() == 1 ? 1 : chunks_for(bytes);
  const bool device = !memory_.on_host(), mark = device && measure_;

  std::vector<Flight> flights;
  for (const Range range : cut_tiles(count, tile, chunks_ > 0 ? chunks_ : chosen)) {
    work(range);
    Flight& flight = flights.emplace_back();
    if (mark) {
      if (markers_.size() < flights.size()) markers_.push_back(memory_.make_queue());
      flight.work = markers_[flights.size() - 1].get();
      if (flight.work != nullptr) flight.work->follow();
    } else {
      flight.from = Clock::now();
    }
    for (const auto& array : arrays) {
      const auto length = array.size() / static_cast<std::size_t>(count);
      flight.sums.push_back(
          group_.start_sum(memory_, array.subspan(static_cast<std::size_t>(range.first) * length,
                                                  static_cast<std::size_t>(range.count()) * length)));
    }
    for (Flight& earlier : flights) earlier.poll();
  }
  if (flights.empty()) return;

  if (mark) watch(flights);
  for (Flight& flight : flights) {
    flight.wait();
    if (!flight.to) flight.to = Clock::now();
  }
  if (!device || mark) add(times_, flights);
}

}  // namespace zerogap
