// SPDX-License-Identifier: Apache-2.0
// A library with NCCL's names that sums between FakeDevices of processes on one host, through POSIX shared
// memory. Its communicators do not block: every call answers ncclInProgress first, as NCCL's may. The
// environment, read at every call, makes it fail:
//   FAKE_NCCL_VERSION=22000   says that it is another version
//   FAKE_NCCL_ERROR_AT=2      a communicator's second sum returns an error
//   FAKE_NCCL_ASYNC_AT=2      a communicator's second sum is accepted, fails later and never ends
//   FAKE_NCCL_HANG_RANK=1     rank 1 takes no part in sums
//   FAKE_NCCL_HANG_INIT=1     rank 1 never comes when a communicator is made

#include <fcntl.h>
#include <nccl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include "support/fake_stream.hpp"

namespace {

constexpr std::size_t kPiece = 4096;
std::atomic<int> aborts{0}, alive{0};

int wish(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::atoi(text) : otherwise;
}

/// What the ranks of a communicator share; all zero at first. The ranks' slots of kPiece numbers follow.
struct Shared {
  std::atomic<int> attached, arrived, generation;
};
static_assert(std::atomic<int>::is_always_lock_free);

class Meeting {
 public:
  Meeting(std::string name, int rank, int size)
      : name_(std::move(name)),
        rank_(rank),
        size_(size),
        bytes_(header + sizeof(std::int64_t) * kPiece * size) {
    const int file = ::shm_open(name_.c_str(), O_CREAT | O_RDWR, 0600);
    if (file < 0) return;
    if (::ftruncate(file, static_cast<off_t>(bytes_)) == 0) {
      void* at = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
      if (at != MAP_FAILED) memory_ = static_cast<std::byte*>(at);
    }
    ::close(file);
    if (memory_ != nullptr && wish("FAKE_NCCL_HANG_INIT", -1) != rank_ && ++shared().attached == size_)
      forget();
  }
  ~Meeting() {
    if (memory_ != nullptr) ::munmap(memory_, bytes_);
  }
  Meeting(const Meeting&) = delete;
  Meeting& operator=(const Meeting&) = delete;

  int rank() const { return rank_; }
  bool usable() const { return memory_ != nullptr; }
  bool complete() const { return shared().attached == size_; }
  void forget() { ::shm_unlink(name_.c_str()); }
  void abort() { aborted_ = true; }

  /// A communicator's sums run one after the other in the order of their calls, whatever their streams: NCCL
  /// sees to that with events. A sum that hangs ends when it is aborted.
  void sum(int number, std::int64_t* values, std::size_t count, bool hangs) {
    while (turn_ != number && !aborted_) pause();
    while (hangs && !aborted_) pause();
    if (!aborted_) sum(values, count);
    turn_ = number + 1;
  }

 private:
  static constexpr std::size_t header = 64;
  static void pause() { std::this_thread::sleep_for(std::chrono::microseconds(20)); }
  void sum(std::int64_t* values, std::size_t count) {
    for (std::size_t at = 0; at < count; at += kPiece) {
      const std::size_t length = std::min(kPiece, count - at);
      std::copy_n(values + at, length, slot(rank_));
      if (!meet()) return;
      for (std::size_t k = 0; k < length; ++k) {
        std::uint64_t total = 0;
        for (int r = 0; r < size_; ++r) total += static_cast<std::uint64_t>(slot(r)[k]);
        values[at + k] = static_cast<std::int64_t>(total);
      }
      if (!meet()) return;
    }
  }
  Shared& shared() const { return *reinterpret_cast<Shared*>(memory_); }
  std::int64_t* slot(int rank) const {
    return reinterpret_cast<std::int64_t*>(memory_ + header) + kPiece * static_cast<std::size_t>(rank);
  }
  /// Waits for all ranks; false if aborted.
  bool meet() {
    const int generation = shared().generation;
    if (++shared().arrived == size_) {
      shared().arrived = 0;
      ++shared().generation;
      return true;
    }
    while (shared().generation == generation) {
      if (aborted_) return false;
      pause();
    }
    return true;
  }

  std::string name_;
  int rank_, size_;
  std::size_t bytes_;
  std::byte* memory_ = nullptr;
  std::atomic<bool> aborted_{false};
  std::atomic<int> turn_{1};
};

}  // namespace

struct ncclComm {
  std::shared_ptr<Meeting> meeting;
  ncclResult_t state = ncclSuccess;
  int pauses = 1;  ///< so often is the answer ncclInProgress
  int sums = 0;
};

extern "C" {

int fake_nccl_aborts() { return aborts; }
int fake_nccl_alive() { return alive; }

ncclResult_t ncclGetVersion(int* version) {
  *version = wish("FAKE_NCCL_VERSION", NCCL_VERSION_CODE);
  return ncclSuccess;
}

const char* ncclGetErrorString(ncclResult_t result) {
  return result == ncclSuccess ? "no error" : "fake error";
}

const char* ncclGetLastError(ncclComm_t) { return "on purpose"; }

ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  static int number = 0;
  std::snprintf(id->internal, sizeof id->internal, "/zerogap-fake-nccl-%d-%d", static_cast<int>(::getpid()),
                ++number);
  return ncclSuccess;
}

ncclResult_t ncclCommInitRankConfig(ncclComm_t* comm, int size, ncclUniqueId id, int rank,
                                    ncclConfig_t* config) {
  if (config->blocking != 0) return ncclInvalidUsage;
  auto made = std::make_unique<ncclComm>();
  made->meeting = std::make_shared<Meeting>(id.internal, rank, size);
  if (!made->meeting->usable()) return ncclSystemError;
  *comm = made.release();
  ++alive;
  return ncclInProgress;
}

ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t* state) {
  *state = comm->state;
  if (comm->state != ncclSuccess) return ncclSuccess;
  if (!comm->meeting->complete() || comm->pauses > 0) {
    *state = ncclInProgress;
    --comm->pauses;
  }
  return ncclSuccess;
}

#ifndef FAKE_NCCL_WITHOUT_ALL_REDUCE
ncclResult_t ncclAllReduce(const void* from, void* to, size_t count, ncclDataType_t type, ncclRedOp_t op,
                           ncclComm_t comm, cudaStream_t stream) {
  if (from != to || type != ncclInt64 || op != ncclSum) return ncclInvalidArgument;
  const int number = ++comm->sums;
  if (wish("FAKE_NCCL_ERROR_AT", 0) == number) return ncclInternalError;
  const bool fails = wish("FAKE_NCCL_ASYNC_AT", 0) == number;
  const bool hangs = fails || wish("FAKE_NCCL_HANG_RANK", -1) == comm->meeting->rank();
  if (fails) comm->state = ncclRemoteError;
  reinterpret_cast<zerogap::test::FakeStream*>(stream)->push(
      [=, meeting = comm->meeting] { meeting->sum(number, static_cast<std::int64_t*>(to), count, hangs); });
  comm->pauses = 1;
  return fails ? ncclSuccess : ncclInProgress;
}
#endif

ncclResult_t ncclCommFinalize(ncclComm_t comm) {
  comm->pauses = 2;
  return ncclInProgress;
}

ncclResult_t ncclCommDestroy(ncclComm_t comm) {
  delete comm;
  --alive;
  return ncclSuccess;
}

ncclResult_t ncclCommAbort(ncclComm_t comm) {
  comm->meeting->abort();
  comm->meeting->forget();
  ++aborts;
  return ncclCommDestroy(comm);
}

}  // extern "C"
