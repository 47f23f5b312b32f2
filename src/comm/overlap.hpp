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

/// [0, count) in at most `chunks` nearly equal ranges of whole tiles; none is empty.
std::vector<Range> cut_tiles(std::int64_t count, std::int64_t tile, std::int64_t chunks);

/// How many chunks suit sums of so many bytes: 1 below a MiB, where a sum costs latency and little else, then
/// one more each MiB, up to 8.
std::int64_t chunks_for(std::size_t bytes);

/// What became of the sums' time, as seen by this rank's processor.
struct OverlapTimes {
  /// Seconds in which some sum was under way: from when its work was over and it was started to when it was
  /// seen to be over. Over mpi that is seen between chunks and at the end only, so this is an upper bound.
  double in_flight = 0.0;
  /// The part of them after the last chunk's work: nothing but sums was left, and this rank waited.
  double waiting = 0.0;

  /// The share of the sums' time behind which there was work; 0 where nothing was summed.
  double hidden_share() const { return in_flight > 0.0 ? 1.0 - waiting / in_flight : 0.0; }
};

/// Work whose results are summed over a group chunk by chunk: while a chunk is on its way the next is
/// computed. The sums' bits do not depend on the number of chunks, for tiles are never cut and the sums are
/// of integers.
class OverlappedSums {
 public:
  /// `chunks` 0: chosen by the bytes to sum, 1 in a group of one. Where `measure` is set and the memory is a
  /// device's, run() ends with the host waiting for the device, which it otherwise does not. All ranks of the
  /// group must agree on chunks.
  OverlappedSums(Communicator& group, Memory& memory, std::int64_t chunks, bool measure = false)
      : group_(group), memory_(memory), chunks_(chunks), measure_(measure) {}

  /// Calls work(range) for consecutive ranges of whole tiles that make up [0, count), and sums over the group
  /// the rows of every array that belong to a range once it is done. An array is resident, (count, any
  /// length). On return work put on the memory's queue finds the sums. Collective; count and tile must agree.
  void run(std::int64_t count, std::int64_t tile, std::span<const std::span<std::int64_t>> arrays,
           const std::function<void(Range)>& work);

  /// Of all runs so far; zeros on a device unless `measure` was set.
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
