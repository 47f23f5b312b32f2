// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "comm/communicator.hpp"
#include "comm/share.hpp"

namespace zerogap {

/// Splits [0, count) into at most `chunks` nearly equal ranges that do not cut a tile; none is empty.
std::vector<Range> cut_tiles(std::int64_t count, std::int64_t tile, std::int64_t chunks);

/// A good number of chunks for sums of that many bytes: 1 below a MiB, where a sum costs little but latency,
/// then one more for each MiB, up to 8.
std::int64_t chunks_for(std::size_t bytes);

/// How much of the sums' time overlapped with work, as measured on this rank's CPU.
struct OverlapTimes {
  /// Seconds during which some sum was in flight, from its start after its work was done until it was found
  /// complete. Over mpi completion is checked only between chunks and at the end, so this is an upper bound.
  double in_flight = 0.0;
  /// The part of in_flight after the last chunk's work, when this rank only waited for sums.
  double waiting = 0.0;

  /// The share of the sums' time that overlapped with work; 0 if nothing was summed.
  double hidden_share() const { return in_flight > 0.0 ? 1.0 - waiting / in_flight : 0.0; }
};

/// Work whose results are summed over a group chunk by chunk: while one chunk is being summed, the next is
/// computed. The sums' bits do not depend on the number of chunks, since tiles are never cut and the sums are
/// of integers.
class OverlappedSums {
 public:
  /// `chunks` 0: chosen by the bytes to sum, 1 in a group of one. With `measure` and the memory of a device,
  /// run() waits for the device before it returns; otherwise it does not. All ranks of the group must agree
  /// on chunks.
  OverlappedSums(Communicator& group, Memory& memory, std::int64_t chunks, bool measure = false)
      : group_(group), memory_(memory), chunks_(chunks), measure_(measure) {}

  /// Calls work(range) for consecutive ranges that make up [0, count) and do not cut a tile. When a range is
  /// done, its rows of every array are summed over the group. An array is resident, (count, any length). Work
  /// put on the memory's queue after the call sees the sums. Collective; count and tile must agree.
  void run(std::int64_t count, std::int64_t tile, std::span<const std::span<std::int64_t>> arrays,
           const std::function<void(Range)>& work);

  /// The times of all runs so far; zeros on a device unless `measure` was set.
  const OverlapTimes& times() const { return times_; }

 private:
  Communicator& group_;
  Memory& memory_;
  std::int64_t chunks_;
  bool measure_;
  OverlapTimes times_;
  std::vector<std::unique_ptr<Queue>> markers_;
};

}  // namespace zerogap
