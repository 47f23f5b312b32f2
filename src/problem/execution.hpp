// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "comm/communicator.hpp"
#include "config/config.hpp"
#include "core/memory.hpp"
#include "kernels/backend.hpp"

namespace zerogap {

/// Where this rank's kernels run and how its sums are computed: run.backend and run.comm resolved for these
/// hosts.
struct ExecutionContext {
  BackendName backend = BackendName::cpu;  ///< never automatic
  std::string why;                         ///< if run.backend is auto: what was chosen, and why
  std::string placement;                   ///< which rank has which GPU; empty on the host
  std::string unreached;           ///< the message if nccl may not use NVLink (unreached_gpus); else empty
  std::unique_ptr<Memory> device;  ///< null on the host
  std::unique_ptr<Communicator> nccl;  ///< null if sums go over the given communicator

  Communicator& sums(Communicator& world) const { return nccl ? *nccl : world; }
};

/// Chooses and makes them. Collective. `auto` uses GPUs if every rank sees one, and NCCL if in addition there
/// are several ranks, no two share a GPU, and the library can be loaded on all. Throws Error: exit 4 with the
/// reason if what is configured is not available; exit 2 for NCCL on a shared GPU.
ExecutionContext choose_execution(const RunOptions& run, Communicator& world);

/// Throws Error (exit 4) if the configuration requires a backend or communicator that this host or build does
/// not have, as far as one rank can check before reading anything.
void require_parts(const RunOptions& run);

/// The kernels of the execution's backend, with `threads` OpenMP threads if they run on the host.
template <class T>
std::unique_ptr<Kernels<T>> make_kernels(const ExecutionContext& execution, int threads);

}  // namespace zerogap
