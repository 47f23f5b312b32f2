// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "comm/communicator.hpp"
#include "config/config.hpp"
#include "core/memory.hpp"
#include "kernels/backend.hpp"

namespace zerogap {

/// Where this rank's kernels run and its sums go: what run.backend and run.comm mean on these hosts.
struct ExecutionContext {
  BackendName backend = BackendName::cpu;  ///< never automatic
  std::string why;                         ///< where run.backend is auto: what was chosen, and why
  std::string placement;                   ///< which rank has which GPU; empty on the host
  std::string unreached;                   ///< where nccl may miss NVLink (unreached_gpus); empty where not
  std::unique_ptr<Memory> device;          ///< null on the host
  std::unique_ptr<Communicator> nccl;      ///< null where sums go over the given communicator

  Communicator& sums(Communicator& world) const { return nccl ? *nccl : world; }
};

/// Chooses and makes them. Collective. `auto` takes GPUs where every rank sees one, and NCCL where besides
/// there are several ranks, none shares its GPU, and the library can be loaded on all. Throws Error: exit 4
/// where what was asked for is not to be had, saying why; exit 2 for NCCL on a shared GPU.
ExecutionContext choose_execution(const RunOptions& run, Communicator& world);

/// Throws Error (exit 4) where the configuration asks for a backend or communicator that this host or build
/// has not: what one rank can tell before it reads anything.
void require_parts(const RunOptions& run);

/// Those of the execution's backend, with `threads` of OpenMP where they run on the host.
template <class T>
std::unique_ptr<Kernels<T>> make_kernels(const ExecutionContext& execution, int threads);

}  // namespace zerogap
