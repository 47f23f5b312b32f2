// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/memory.hpp"

namespace zerogap {

/// A reduction under way, like an MPI request. It must be waited for before it is destroyed, unless an error
/// ends the job.
class Request {
 public:
  virtual ~Request() = default;
  /// Returns when the array holds the sums (nccl: when work put on its memory's queue from now on finds them
  /// there). Throws Error (exit 4).
  virtual void wait() = 0;
  /// Whether wait() would return at once; does not wait. mpi moves data only inside its own calls, so that
  /// asking now and then is what makes a sum advance during other work. Throws Error (exit 4).
  virtual bool done() = 0;
};

/// A request that is complete.
std::unique_ptr<Request> completed_request();

/// A group of ranks that reduce together. Every call is collective over the group; sums are of integers only
/// (core/fixed_point.hpp), so a result never depends on the order in which ranks arrive.
/// A failed call throws Error (exit 4) on the rank that saw it; main() then ends the job.
class Communicator {
 public:
  virtual ~Communicator() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;

  /// In-place sums modulo 2^64, of any length up to what memory holds.
  virtual void sum(std::span<std::int64_t> values) = 0;
  /// The same for an array in the kernels' memory, after the work that this memory's queue holds now. mpi
  /// reads a device itself where MPI can and goes through host memory elsewhere; nccl sums on the device.
  virtual void sum(Memory& memory, std::span<std::int64_t> resident) { start_sum(memory, resident)->wait(); }
  /// Starts such a sum; until wait() the array must be left alone. Ranks start and wait in the same order.
  /// mpi goes through host memory here, since no MPI promises to reduce a device's arrays without blocking.
  virtual std::unique_ptr<Request> start_sum(Memory& memory, std::span<std::int64_t> resident) = 0;
  /// Memory::wait() for a queue that may hold sums: nccl looks after the other ranks meanwhile, and throws
  /// Error (exit 4) where one failed or has kept this one waiting for longer than the time-out. What reads
  /// results back (Memory::wait() and download(), a Buffer's download()) belongs behind it, for those wait
  /// blindly.
  virtual void synchronize(Memory& memory) { memory.wait(); }
  /// In-place maxima. NaN must not be passed: its order is undefined.
  virtual void max(std::span<double> values) = 0;
  virtual void max(std::span<std::int64_t> values) = 0;
  /// Sums of the one and maxima of the other, in one message where the group can: latency is all that a few
  /// numbers cost.
  virtual void reduce(std::span<std::int64_t> sums, std::span<std::int64_t> maxima) {
    sum(sums);
    max(maxima);
  }
  virtual void broadcast(std::span<std::byte> bytes, int root) = 0;
  /// The texts of all ranks, in rank order, on every rank; below 2 GiB together.
  virtual std::vector<std::string> all_gather_text(const std::string& text) = 0;
  /// All ranks' values one after another, in rank order, on every rank; a rank may have none, and together
  /// they may be as many as memory holds. This implementation makes one broadcast for each rank.
  virtual std::vector<double> all_gather(std::span<const double> mine);
  virtual void barrier() = 0;
  /// Ranks with the same colour form a new group, ordered by their rank in this one. `axis` names it in
  /// messages.
  virtual std::unique_ptr<Communicator> split(int colour, const std::string& axis) = 0;
  std::unique_ptr<Communicator> split(int colour) { return split(colour, "a part of the ranks"); }
  /// A short name for logs: "serial", "mpi" or "nccl".
  virtual std::string name() const = 0;
  /// The group that moves the host's data: itself, or what nccl was made from.
  virtual const Communicator& host() const { return *this; }

  std::int64_t sum(std::int64_t value) {
    sum(std::span(&value, 1));
    return value;
  }
  double max(double value) {
    max(std::span(&value, 1));
    return value;
  }
  std::int64_t max(std::int64_t value) {
    max(std::span(&value, 1));
    return value;
  }
  /// Root's text on every rank.
  std::string broadcast(const std::string& text, int root);

 protected:
  /// For `mine` values of this rank: the index of each rank's first value among those of all ranks, then the
  /// number of all (size() + 1 entries). Collective.
  std::vector<std::size_t> offsets(std::size_t mine);
};

/// A group of one: what a program that was not started by mpirun or srun uses.
std::unique_ptr<Communicator> make_serial();

}  // namespace zerogap
