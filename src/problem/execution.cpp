// SPDX-License-Identifier: Apache-2.0
#include "problem/execution.hpp"

#include <algorithm>

#include "comm/nccl.hpp"
#include "comm/placement.hpp"
#include "core/error.hpp"
#include "core/host_info.hpp"
#include "kernels/device.hpp"

namespace zerogap {
namespace {

Error no_gpu(const std::string& why, const std::string& todo) {
  return runtime_failure("run.backend: cuda cannot be used", why, todo + ", or use --set run.backend=cpu");
}

/// The first reason why a rank cannot use a GPU, with the rank; empty if all can.
std::string first_reason(Communicator& world, const std::string& mine) {
  const auto reasons = world.all_gather_text(mine);
  const auto found =
      std::find_if(reasons.begin(), reasons.end(), [](const std::string& why) { return !why.empty(); });
  if (found == reasons.end()) return "";
  return *found + (world.size() > 1 ? ", says rank " + std::to_string(found - reasons.begin()) : "");
}

BackendName choose_backend(const RunOptions& run, Communicator& world, const Devices& devices,
                           std::string& why) {
  if (run.backend == BackendName::reference || run.backend == BackendName::cpu) return run.backend;
  const std::string reason = first_reason(world, devices.count > 0 ? "" : devices.why);
  if (run.backend == BackendName::cuda) {
    if (!reason.empty()) throw no_gpu(reason, "start on hosts where every rank has a GPU");
    return BackendName::cuda;
  }
  why = reason.empty() ? "run.backend: auto takes cuda, since every rank sees a GPU"
                       : "run.backend: auto takes cpu (" + reason + ")";
  return reason.empty() ? BackendName::cuda : BackendName::cpu;
}

/// Why this rank cannot load NCCL; empty if it can.
std::string nccl_trouble() {
  try {
    nccl_version();
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

bool wants_nccl(const RunOptions& run, Communicator& world, const std::vector<Placement>& places) {
  if (run.comm == CommName::mpi) return false;
  if (run.comm == CommName::nccl) {
    check_placement(places);
    return true;
  }
  return world.size() > 1 && shared_gpu(places).empty() && first_reason(world, nccl_trouble()).empty();
}

}  // namespace

void require_parts(const RunOptions& run) {
  if (run.comm == CommName::nccl && run.backend != BackendName::cuda && run.backend != BackendName::automatic)
    throw usage_error("run.comm: nccl does not fit run.backend: " +
                          std::string(run.backend == BackendName::cpu ? "cpu" : "reference"),
                      "NCCL sums what lies on GPUs", "use --set run.comm=mpi, or --set run.backend=cuda");
  if (run.backend != BackendName::cuda && run.comm != CommName::nccl) return;
  const Devices devices = find_devices();
  if (devices.count > 0) return;
  if (run.backend == BackendName::cuda) throw no_gpu(devices.why, devices.todo);
  throw runtime_failure("run.comm: nccl cannot be used", "NCCL sums what lies on GPUs, and " + devices.why,
                        "use --set run.comm=mpi");
}

ExecutionContext choose_execution(const RunOptions& run, Communicator& world) {
  require_parts(run);
  ExecutionContext place;
  const bool may_use_gpu = run.backend == BackendName::cuda || run.backend == BackendName::automatic;
  const Devices devices = may_use_gpu ? find_devices() : Devices{};
  place.backend = choose_backend(run, world, devices, place.why);
  if (place.backend != BackendName::cuda) {
    if (run.comm == CommName::nccl)
      throw runtime_failure("run.comm: nccl cannot be used", "not every rank has a GPU: " + place.why,
                            "use --set run.comm=mpi, or start on hosts where every rank has a GPU");
    return place;
  }
  const auto places = gather_placement(world, {host_name(), devices.ids, turn_on_host()});
  place.placement = describe(places);
  const int ordinal = places[static_cast<std::size_t>(world.rank())].device;
  place.device = make_device_memory(ordinal);
  if (!wants_nccl(run, world, places)) return place;
  place.unreached = gather_unreached(world, places, {devices.ids, peers_of(ordinal)});
  place.nccl = make_nccl(world, *place.device, run.comm_timeout);
  return place;
}

template <class T>
std::unique_ptr<Kernels<T>> make_kernels(const ExecutionContext& execution, int threads) {
  if (execution.backend == BackendName::cuda) return make_cuda_kernels<T>(*execution.device);
  return make_kernels<T>(execution.backend, threads);
}

template std::unique_ptr<Kernels<float>> make_kernels(const ExecutionContext&, int);
template std::unique_ptr<Kernels<double>> make_kernels(const ExecutionContext&, int);

}  // namespace zerogap
